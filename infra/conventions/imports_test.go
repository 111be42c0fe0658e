package conventions

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

// A rule says what the packages at and below a path must not import. What a package imports indirectly counts too,
// unless direct is set. Tests are free.
type rule struct {
	name          string
	below, except string
	// exactly: the rule is about the package at the path and not about those below it.
	exactly bool
	never   []string
	// only, if not nil, are the only modules allowed besides the standard library and the packages below the path.
	only   []string
	direct bool
}

// notForClients are the packages that neither vendor's client may import.
var notForClients = []string{module + "/shared/settings", module + "/shared/state", module + "/shared/runner", aws}

var rules = []rule{
	{
		name: "names need the standard library only", below: "shared/naming", only: []string{},
	},
	{
		name: "plans are data", below: "shared/plan", only: []string{},
	},
	{
		name: "error classes are data", below: "shared/errclass", only: []string{},
	},
	{
		name: "host rules need nothing but error texts", below: "shared/allowedhosts",
		only: []string{module + "/shared/errclass"},
	},
	{
		name: "the planner knows no vendor and no store", below: "shared/planner",
		only: []string{module + "/shared/plan", module + "/shared/errclass"},
	},
	{
		name: "numbers wrap one decimal package", below: "shared/number",
		only: []string{"github.com/shopspring/decimal"},
	},
	{
		name: "what both clients share knows neither", below: "shared/vendorhttp",
		only: []string{module + "/shared/errclass", module + "/shared/allowedhosts"},
	},
	{
		name:  "the client of 24SevenOffice depends on nothing of ours but what both clients share",
		below: "shared/office24", never: append([]string{module + "/shared/ongoing"}, notForClients...),
	},
	{
		name:  "the client of Ongoing depends on nothing of ours but what both clients share",
		below: "shared/ongoing", never: append([]string{module + "/shared/office24"}, notForClients...),
	},
	{
		name: "the runner calls neither a vendor nor AWS", below: "shared/runner", direct: true,
		never: []string{module + "/shared/office24", module + "/shared/ongoing", aws},
	},
	{
		name: "a process leaves AWS to the composition root", below: "functions", direct: true,
		never: []string{aws},
	},
	{
		name: "functions contain no simulator and nothing else for tests", below: "functions",
		never: []string{
			module + "/shared/testenv", module + "/infra",
			module + "/shared/office24/office24test", module + "/shared/ongoing/ongoingtest",
		},
	},
	{
		name: "nothing imports upwards: shared knows no function and no infra", below: "shared",
		never: []string{module + "/functions", module + "/infra"},
	},
	{
		name: "the CDK app needs neither vendor's client", below: "infra", exactly: true,
		never: []string{module + "/shared/office24", module + "/shared/ongoing", module + "/functions"},
	},
	{
		name: "only infra imports the CDK", except: "infra",
		never: []string{"github.com/aws/aws-cdk-go", "github.com/aws/constructs-go", "github.com/aws/jsii-runtime-go"},
	},
}

func TestPackagesImportOnlyWhatTheRulesAllow(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			applied := 0
			for _, p := range packages {
				if !rule.appliesTo(p.ImportPath) {
					continue
				}
				applied++
				imports := p.Deps
				if rule.direct {
					imports = p.Imports
				}
				for _, i := range imports {
					if !rule.allows(i) {
						t.Errorf("%s imports %s", p.ImportPath, i)
					}
				}
			}
			if applied == 0 {
				t.Errorf("no package is at or below %s", rule.below)
			}
		})
	}
}

func (r rule) appliesTo(path string) bool {
	at := strings.TrimSuffix(module+"/"+r.below, "/")
	switch {
	case r.exactly:
		return path == at
	case r.except != "" && isBelow(path, module+"/"+r.except):
		return false
	default:
		return isBelow(path, at)
	}
}

func (r rule) allows(path string) bool {
	names := func(list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return isBelow(path, p) })
	}
	if names(r.never) {
		return false
	}
	first, _, _ := strings.Cut(path, "/")
	std := !strings.Contains(first, ".") && first != module
	return r.only == nil || std || names(r.only) || isBelow(path, module+"/"+r.below)
}

// Environment and clock reach all code but the composition root as values, so that a test can choose them.
func TestOnlyTheCompositionRootReadsClockAndEnvironment(t *testing.T) {
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
			strings.HasSuffix(filepath.Dir(place), "test") // simulators are other machines
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
		t.Fatalf("go list names only %d packages", len(packages))
	}
	return packages
}

// isBelow reports whether a path is the given one or inside it.
func isBelow(path, parent string) bool {
	parent = strings.TrimSuffix(parent, "/")
	return path == parent || strings.HasPrefix(path, parent+"/")
}
