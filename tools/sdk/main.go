// Command sdk generates the SDKs of other languages for the tests, in the same form as `pulumi package add`. The language hosts
// of the tests are too old for that command (see ../engine/README.md).
//
// Usage: sdk SCHEMA FOLDER, which writes FOLDER/python and FOLDER/go.
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
	// A generator modifies the package that it gets, so each language gets its own copy.
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
	// Warnings count as errors.
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	// `pulumi package add` sets this, too. The SDK then has a go.mod, and its resources have the version.
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
