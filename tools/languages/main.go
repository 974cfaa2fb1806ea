// Command languages generates the SDKs of other languages from the package's schema, in the form in which a release publishes them.
//
//	languages generate SCHEMA LOGO FOLDER   writes FOLDER/python, go, java and dotnet; LOGO is the absolute path of a PNG file
//	languages zip MODULE VERSION FOLDER FILE   writes a Go module's folder as the file that a module proxy serves
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	dotnet "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// tool is the name in the first line of each generated file.
const tool = "pulumi-language-gen"

// logo is the path of the NuGet package's icon.
var logo string

// generators has the generator of each language, by the name of its folder.
var generators = map[string]func(*schema.Package) (map[string][]byte, error){
	"python": func(pkg *schema.Package) (map[string][]byte, error) {
		return python.GeneratePackage(tool, pkg, nil, nil)
	},
	"go": func(pkg *schema.Package) (map[string][]byte, error) {
		return golang.GeneratePackage(tool, pkg, nil)
	},
	"java": func(pkg *schema.Package) (map[string][]byte, error) {
		return java.GeneratePackage(tool, pkg, nil, nil, false, false)
	},
	"dotnet": func(pkg *schema.Package) (map[string][]byte, error) {
		// The generator fetches the logo of the NuGet package by HTTP. Here it reads a file, so the result needs no network.
		http.DefaultTransport.(*http.Transport).RegisterProtocol("file", http.NewFileTransport(http.Dir("/")))
		pkg.LogoURL = "file://" + filepath.ToSlash(logo)
		return dotnet.GeneratePackage(tool, pkg, nil, nil)
	},
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "generate" {
		logo = os.Args[3]
		text, err := os.ReadFile(os.Args[2])
		if err != nil {
			fail(err)
		}
		for language, generate := range generators {
			if err := generateInto(filepath.Join(os.Args[4], language), text, generate); err != nil {
				fail(language, err)
			}
		}
	} else if len(os.Args) == 6 && os.Args[1] == "zip" {
		if err := writeZip(module.Version{Path: os.Args[2], Version: os.Args[3]}, os.Args[4], os.Args[5]); err != nil {
			fail(err)
		}
	} else {
		fail("usage: languages generate SCHEMA LOGO FOLDER | languages zip MODULE VERSION FOLDER FILE")
	}
}

func writeZip(version module.Version, folder, file string) error {
	output, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := zip.CreateFromDir(output, version, folder); err != nil {
		return err
	}
	return output.Close()
}

// fail ends the program. It does not use the package log, whose output the generators discard.
func fail(what ...any) {
	fmt.Fprintln(os.Stderr, what...)
	os.Exit(1)
}

func generateInto(folder string, text []byte, generate func(*schema.Package) (map[string][]byte, error)) error {
	// A generator modifies the package that it gets, so each language gets its own copy.
	pkg, err := bind(text)
	if err != nil {
		return err
	}
	files, err := generate(pkg)
	if err != nil {
		return err
	}
	return write(folder, files)
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
	// `pulumi package gen-sdk` sets this, too. The SDK for Go then has a go.mod, and all SDKs have the version.
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
