// Command esc evaluates the definition of a Pulumi ESC environment as Pulumi Cloud does, but on this machine.
//
// It reads the definition from standard input and prints the stack configuration in it as JSON, secrets in plaintext.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pulumi/esc"
	"github.com/pulumi/esc/eval"
)

// An option is a value of the stack's configuration.
type option struct {
	Value  any  `json:"value"`
	Secret bool `json:"secret"`
}

// unchanged stands for the encryption of Pulumi Cloud.
type unchanged struct{}

func (unchanged) Encrypt(_ context.Context, value []byte) ([]byte, error) { return value, nil }
func (unchanged) Decrypt(_ context.Context, value []byte) ([]byte, error) { return value, nil }

// noImports refuses providers and imports, which only Pulumi Cloud has.
type noImports struct{}

var errNotHere = errors.New("only Pulumi Cloud has imports and providers")

func (noImports) LoadProvider(context.Context, string) (esc.Provider, error) { return nil, errNotHere }
func (noImports) LoadRotator(context.Context, string) (esc.Rotator, error)   { return nil, errNotHere }
func (noImports) LoadEnvironment(context.Context, string) ([]byte, eval.Decrypter, error) {
	return nil, nil, errNotHere
}

func evaluate(source []byte) (map[string]option, error) {
	ctx, name := context.Background(), "environment"
	// Pulumi Cloud stores a definition only after its secrets are encrypted.
	stored, err := eval.EncryptSecrets(ctx, name, source, unchanged{})
	if err != nil {
		return nil, err
	}
	declared, diagnostics, err := eval.LoadYAMLBytes(name, stored)
	if err != nil || len(diagnostics) > 0 {
		return nil, errors.Join(err, diagnostics)
	}
	execution, err := esc.NewExecContext(nil)
	if err != nil {
		return nil, err
	}
	env, diagnostics := eval.EvalEnvironment(ctx, name, declared, unchanged{}, noImports{}, noImports{}, execution)
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	options := map[string]option{}
	configuration, _ := env.Properties["pulumiConfig"].Value.(map[string]esc.Value)
	for name, value := range configuration {
		options[name] = option{value.ToJSON(false), value.Secret}
	}
	return options, nil
}

func run() error {
	source, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	options, err := evaluate(source)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(options)
}

func main() {
	if err := run(); err != nil {
		// Not by `log`, whose output Pulumi's packages discard.
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
