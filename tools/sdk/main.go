// Command sdk writes the SDKs of other languages that the tests use, as `pulumi package add` makes them for a user: the
// language hosts that are built here are too old for that command (see ../engine/README.md).
//
// Usage: sdk SCHEMA FOLDER, which makes FOLDER/python and FOLDER/go.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "the tests of pulumi-kalshi"

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: sdk SCHEMA FOLDER")
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func generate(schemaFile, folder string) error {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		return err
	}
	// Each language leaves its mark on the package that it is given, so each gets one of its own.
	pkg, err := bind(text)
	if err != nil {
		return err
	}
	files, err := python.GeneratePackage(tool, pkg, nil, nil)
	if err != nil {
		return fmt.Errorf("Python: %w", err)
	}
	if err := write(filepath.Join(folder, "python"), files); err != nil {
		return err
	}
	if pkg, err = bind(text); err != nil {
		return err
	}
	if files, err = golang.GeneratePackage(tool, pkg, nil); err != nil {
		return fmt.Errorf("Go: %w", err)
	}
	return write(filepath.Join(folder, "go"), files)
}

// bind validates the schema against Pulumi's own schema of schemas, and resolves its references.
func bind(text []byte) (*schema.Package, error) {
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	// A warning in the schema is a mistake too.
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	// As `pulumi package add` has it, whatever the schema says: with a go.mod and with the version everywhere.
	pkg.SupportPack = true
	return pkg, nil
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
