package naming_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "ongoing24so"
	root   = "../.."
	aws    = "github.com/aws/"
)

// rules say who may know whom: what the packages below a path must never import or, where `only` is given, the few
// modules they may import besides the standard library. `indirectly` extends it to what those import in their turn.
var rules = []struct {
	name          string
	below, except string
	never, only   []string
	indirectly    bool
}{
	{name: "the catalogue is read by the CDK app too", below: "shared/naming", only: []string{}, indirectly: true},
	{name: "plans are data", below: "shared/plan", only: []string{}, indirectly: true},
	{name: "faults are data", below: "shared/errclass", only: []string{}, indirectly: true},
	{name: "numbers wrap one decimal package", below: "shared/number", only: []string{"github.com/shopspring/decimal"}, indirectly: true},
	{name: "the HTTP layer of the clients knows no vendor", below: "shared/vendorhttp",
		only: []string{module + "/shared/errclass", module + "/shared/allowedhosts"}, indirectly: true},
	{name: "the client of 24SevenOffice stands alone", below: "shared/office24", indirectly: true,
		never: []string{module + "/shared/ongoing", module + "/shared/settings", module + "/shared/state", module + "/shared/runner", aws}},
	{name: "the client of Ongoing stands alone", below: "shared/ongoing", indirectly: true,
		never: []string{module + "/shared/office24", module + "/shared/settings", module + "/shared/state", module + "/shared/runner", aws}},
	{name: "the runner knows no vendor and no AWS", below: "shared/runner",
		never: []string{module + "/shared/office24", module + "/shared/ongoing", aws}},
	{name: "a function leaves AWS to the composition root", below: "functions", never: []string{aws}},
	{name: "the CDK is for infra", below: "", except: "infra", never: []string{
		"github.com/aws/aws-cdk-go", "github.com/aws/constructs-go", "github.com/aws/jsii-runtime-go"}},
}

// TestImports holds the packages, without their tests, against the rules.
func TestImports(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range packages {
				if !isBelow(p.ImportPath, module+"/"+rule.below) || rule.except != "" && isBelow(p.ImportPath, module+"/"+rule.except) {
					continue
				}
				imports := p.Imports
				if rule.indirectly {
					imports = p.Deps
				}
				for _, i := range imports {
					inside := isBelow(i, module+"/"+rule.below)
					std := !strings.Contains(strings.Split(i, "/")[0], ".") && !isBelow(i, module)
					allowed := slices.ContainsFunc(rule.only, func(o string) bool { return isBelow(i, o) })
					denied := slices.ContainsFunc(rule.never, func(n string) bool { return isBelow(i, n) })
					if rule.only != nil && !std && !inside && !allowed || denied {
						t.Errorf("%s imports %s", p.ImportPath, i)
					}
				}
			}
		})
	}
}

// TestSurroundings holds that only the composition root knows the surroundings: environment and clock reach all other
// code as values, which is what lets a test choose them. Nothing runs before main.
func TestSurroundings(t *testing.T) {
	t.Parallel()
	calls := map[string][]string{"os": {"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, "time": {"Now", "Since"}}
	free := []string{"infra", "shared/lambdahost", "shared/testenv"}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		place := filepath.ToSlash(relative)
		exempt := slices.ContainsFunc(free, func(f string) bool { return isBelow(place, f) }) ||
			strings.HasSuffix(filepath.Dir(place), "test") // simulators stand for others' machines
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s: init", files.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && !exempt && slices.Contains(calls[x.Name], n.Sel.Name) {
					t.Errorf("%s: %s.%s", files.Position(n.Pos()), x.Name, n.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type goPackage struct {
	ImportPath    string
	Imports, Deps []string
}

// list asks the go command for all packages of the module.
func list(t *testing.T) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,Deps", "./...")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list names %d packages only", len(packages))
	}
	return packages
}

// isBelow tells whether a path is the given one or inside it.
func isBelow(path, parent string) bool {
	parent = strings.TrimSuffix(parent, "/")
	return path == parent || strings.HasPrefix(path, parent+"/")
}
