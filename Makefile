# Bare `make` lists the targets. Tools are pinned here, outside go.mod.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
AWS_CDK       := aws-cdk@2.1148.1

PROCESSES := articles salesorders shipments stock suppliers

# Options of the targets: make build ARCH=amd64 DIST=folder, make demo RECORD=folder, make local PERIOD=1m FLEET=300 RECORD=folder,
# make check CONTRACT=command, make rehearse REHEARSE=required, make soak SOAK=8h, make fuzz FUZZ=10m,
# make bench ONLY=idle,fleet CUSTOMERS=1000, make profile PROFILE=folder, make deploy CDK_FLAGS='--require-approval never'.
ARCH     ?= arm64
DIST     ?= dist
PERIOD   ?=
FLEET    ?=
RECORD   ?=
CONTRACT ?=
REHEARSE ?=
SOAK     ?= 1h
FUZZ     ?= 1m
PROFILE  ?= profiles
CDK_FLAGS ?=
BENCH     = $(if $(ONLY),--only '$(ONLY)') $(if $(CUSTOMERS),--customers $(CUSTOMERS))

# The CDK's Node process warns of an old Node at every start, which nobody here can act on.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

# The race detector needs cgo and a C compiler. The proofs run without it: it does not see into the functions' processes
# and makes the simulators ten times as slow.
RACE := $(if $(shell command -v $$(go env CC) 2>/dev/null),-race)

.DEFAULT_GOAL := help
.PHONY: FORCE help need-go need-node demo local syncctl test check contract fmt lint build $(PROCESSES) bench figures profile docs faults crashes soak fuzz vuln synth diff deploy rehearse clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: dist/local/stack ## go through a working day on the local stack and check every step (RECORD=<folder>)
	@dist/local/stack demo $(if $(RECORD),--record '$(RECORD)')

local: dist/local/stack ## serve the local stack on a page: both systems, a tour, incidents (PERIOD=1m FLEET=300 RECORD=<folder>)
	@dist/local/stack serve $(if $(PERIOD),--period '$(PERIOD)') $(if $(FLEET),--fleet '$(FLEET)') $(if $(RECORD),--record '$(RECORD)')

dist/local/stack: need-go FORCE # not go run, which takes Ctrl-C for a failure and does not show what it does
	@infra/local/build.sh

FORCE:

syncctl: need-go ## build dist/syncctl, the operator's command (dist/syncctl --help)
	go build -buildvcs=auto -o dist/syncctl ./infra/syncctl

test: need-node ## run every test
	$(if $(RACE),,@echo 'no C compiler: the tests run without the race detector')
	go test $(RACE) -shuffle=on $$(go list ./... | grep -v /infra/proof)
	go test -shuffle=on -timeout 30m ./infra/proof/...

check: test lint contract rehearse ## all that CI does: tests, linters, demo, rehearsal

contract: ## run the demo and check its recorded messages with CONTRACT=<command that takes the folder>
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(MAKE) --no-print-directory demo RECORD="$$folder"; \
	if [ -n '$(CONTRACT)' ]; then '$(CONTRACT)' "$$folder"; else echo 'skipped: no CONTRACT given, the recorded messages were not checked'; fi

# What is missing is said before minutes of compiling.
need-go:
	@command -v go >/dev/null || { echo 'Go is missing: install the version in go.mod, or a newer one, from https://go.dev/dl' >&2; exit 1; }

need-node: need-go
	@command -v npx >/dev/null || { echo 'npx is missing: install Node 22 or newer, with npm, from https://nodejs.org' >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node $$(node --version) is too old: install Node 22 or newer, with npm, from https://nodejs.org" >&2; exit 1; }

build: $(PROCESSES) ## build dist/<process>/bootstrap for Lambda (ARCH=arm64)

$(PROCESSES): need-go
	GOOS=linux GOARCH=$(ARCH) CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags lambda.norpc -ldflags='-s -w' -o '$(DIST)/$@/bootstrap' ./functions/$@

fmt: ## format all Go files
	go run $(GOLANGCI_LINT) fmt ./...

lint: ## run golangci-lint, which checks formatting and vets too
	go run $(GOLANGCI_LINT) run ./...

bench: ## measure calls, units, time and memory, and print them beside their bounds (ONLY=idle,fleet CUSTOMERS=10000)
	go run ./infra/bench $(BENCH)

figures: ## measure as bench does, and write the figures, the costs and the model of a larger fleet to infra/bench
	go run ./infra/bench --write $(BENCH)

profile: ## write profiles of the hottest paths (PROFILE=folder)
	go run ./infra/bench --profile '$(PROFILE)'

docs: ## write the generated tables of the documents, the README's picture and the golden files
	go test -p 1 ./shared/settings ./shared/extrafields ./infra/stack ./infra/proof/faults -run 'README|Golden' -update

faults: ## let every call of every process meet every fault, and print what came of each (takes a while)
	cd infra/proof/faults && go test -full -parallel 8 -timeout 2h

crashes: ## kill and freeze every process at every one of its writes, and many twice (takes a while)
	go test ./infra/proof/crash ./infra/proof/isolation -every -timeout 4h

soak: ## play new random stories of people, warehouse and runs that die (SOAK=1h)
	go test ./infra/proof/model -run TestRandomStories -soak=$(SOAK) -timeout 0

fuzz: ## fuzz each decoder and parser (FUZZ=1m each)
	@set -e; for file in $$(grep -rl '^func Fuzz' --include='*_test.go' shared); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$file); do \
			echo "$$name in $$file"; go test ./$$(dirname $$file) -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZ); \
		done; \
	done

vuln: ## look the dependencies up in Go's vulnerability database
	go run $(GOVULNCHECK) ./...

synth: need-node build ## write the CloudFormation template to cdk.out
	npx --yes $(AWS_CDK) synth --quiet $(CDK_FLAGS)

diff: need-node build ## show what deploying would change (cdk diff)
	npx --yes $(AWS_CDK) diff $(CDK_FLAGS)

deploy: need-node build ## deploy the stack to the AWS account of the environment
	npx --yes $(AWS_CDK) deploy $(CDK_FLAGS)

rehearse: need-node ## deploy the stack to an AWS emulator and run one tick of it (REHEARSE=required)
	go run ./infra/rehearse --cdk $(AWS_CDK) $(if $(REHEARSE),--$(REHEARSE))

clean: ## remove what the other targets made
	rm -rf dist cdk.out recording profiles
