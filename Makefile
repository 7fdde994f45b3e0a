# A target is one or two lines; what is longer is a program in internal/tools.

SEEDS    ?= 10000
FUZZTIME ?= 20s
COVERED  := ./internal/booking,./saga,./events,./internal/arrow

# Where make brokers starts the servers, and make integration looks for them:
# both read these from the environment, too.
REDIS_PORT    ?= 6379
RABBITMQ_PORT ?= 5672
KAFKA_PORT    ?= 9092
TOURBILLON_TEST_REDIS    ?= redis://127.0.0.1:$(REDIS_PORT)
TOURBILLON_TEST_RABBITMQ ?= amqp://guest:guest@127.0.0.1:$(RABBITMQ_PORT)
TOURBILLON_TEST_KAFKA    ?= 127.0.0.1:$(KAFKA_PORT)
integration browsers: export TOURBILLON_TEST_REDIS    := $(TOURBILLON_TEST_REDIS)
integration browsers: export TOURBILLON_TEST_RABBITMQ := $(TOURBILLON_TEST_RABBITMQ)
integration browsers: export TOURBILLON_TEST_KAFKA    := $(TOURBILLON_TEST_KAFKA)

.PHONY: help run book test brokers brokers-down integration up down logs check fmt vet lint vuln generated race cover sim mutants chaos conform browsers bench benchmarks fuzz generate manifests kind kind-down deploy undeploy smoke

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

run: ## the whole system on this machine: no broker or database needed (ARGS="-demo=false")
	@go build -o tourbillon ./cmd/tourbillon && exec ./tourbillon up $(ARGS)

book: ## make a booking in the system that runs, and watch it (ARGS="-token tok_declined")
	go run ./cmd/tourbillon book $(ARGS)

test: ## the tests
	go test ./...

brokers: ## start RabbitMQ, Redis and Kafka on this machine, without Docker: says what it installs (REDIS_PORT=6380 ...)
	@go run ./internal/tools/brokers up -redis-port $(REDIS_PORT) -rabbitmq-port $(RABBITMQ_PORT) -kafka-port $(KAFKA_PORT) $(ARGS)

brokers-down: ## stop what make brokers started; their data stays in .brokers (ARGS="-wipe": not)
	@go run ./internal/tools/brokers down $(ARGS)

integration: ## the tests with real servers: run make brokers before
	@go run ./internal/tools/brokers ask -redis '$(TOURBILLON_TEST_REDIS)' -rabbitmq '$(TOURBILLON_TEST_RABBITMQ)' -kafka '$(TOURBILLON_TEST_KAFKA)'
	go run ./internal/tools/suite -noskip -tag integration -- -count=1 -timeout=20m ./...

up: .env ## RabbitMQ, Kafka, Redis and Tourbillon itself, in Docker (docker-compose.yml); waits until all are well
	docker compose up --build --detach --wait $(ARGS)

down: .env ## stop what make up started; its data stays in Docker's volumes (ARGS="--volumes": not)
	docker compose down $(ARGS)

logs: .env ## what the containers say, as they say it (ARGS="tourbillon": one of them)
	docker compose logs --follow --tail 100 $(ARGS)

.env: # the secrets of docker-compose.yml, made once
	@umask 077 && for name in RABBITMQ_PASSWORD TOURBILLON_OPERATOR_TOKEN TOURBILLON_SECRET; do echo "$$name=$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done >.env
	@echo "made .env, which holds this machine's secrets: an operator needs TOURBILLON_OPERATOR_TOKEN"

check: fmt vet lint vuln generated race ## what CI runs before all else: the next six

fmt: ## fail if a source is not formatted
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }

vet: ## go vet
	go vet -tags=integration,browser ./...

lint: ## staticcheck, as staticcheck.conf says
	go tool staticcheck -tags=integration,browser ./...

vuln: ## govulncheck, where its database can be reached
	go run ./internal/tools/vuln

generated: ## fail if a generated file is not as it is generated
	go run ./internal/tools/generated

race: ## the tests with the race detector, and the floor of their coverage (with CI set, no skips)
	go run ./internal/tools/suite -race $(if $(CI),-noskip) -- -timeout=20m -coverpkg=$(COVERED) -coverprofile=cover.out ./...
	go run ./internal/tools/cover -min 90 cover.out $(COVERED)

cover: ## which lines the tests do not reach: cover.html
	go test -coverpkg=$(COVERED) -coverprofile=cover.out ./... && go tool cover -html=cover.out -o cover.html
	go run ./internal/tools/cover -min 90 cover.out $(COVERED)

sim: ## the simulation: SEEDS seeds in both flows, and a crash between any two writes
	go test ./internal/sim -run '^(TestSeeds|TestEveryCrashPoint)$$' -count=1 -v -timeout=30m -seeds=$(SEEDS)

mutants: ## plant faults, one at a time, and demand that their tests turn red
	go run ./internal/mutants

chaos: ## break real servers and processes on purpose, and demand that nothing is lost or doubled (ARGS="-short"; -plant all)
	go run ./internal/tools/chaos $(ARGS)

browsers: ## browsers watch the console while the relay comes and goes: needs Node, npm and Chromium; with make brokers, on servers too
	go test -tags=browser -count=1 -timeout=10m -v -run '^Test(Browser|Console)' ./cmd/tourbillon

conform: ## the relay with 2,000 clients for a minute, while everything around it fails
	go test ./realtime -run '^TestConformance$$' -count=1 -v -clients=2000 -lasts=60s

bench: ## sagas from end to end, on a system of its own (ARGS="-concurrency 64 -output json")
	go run ./cmd/tourbillon bench $(ARGS)

benchmarks: ## the benchmarks of the parts
	go test -run='^$$' -bench=. -benchmem ./...

fuzz: ## every fuzz target, each for FUZZTIME
	go run ./internal/tools/fuzz -time $(FUZZTIME)

generate: ## write the generated files anew
	go generate ./...

manifests: ## build every overlay and hold it against what a cluster would admit, and the scripts against shellcheck
	cd knative/gates && go test -vet=off -count=1 ./... # vet would go through all of Kubernetes; what it reads is outside of its module, so no result may be kept
	cd knative/func && go test ./...

kind: ## from nothing to Tourbillon on kind: needs Docker (6 CPUs, 10 GiB), kubectl, curl, and the network
	@knative/kind/up

kind-down: ## take that cluster away, with all that is in it
	@knative/kind/down

deploy: ## build the image and bring it to a cluster (OVERLAY=kind CONTEXT=kind-tourbillon KO_DOCKER_REPO=kind.local KIND_CLUSTER_NAME=tourbillon)
	@knative/kind/deploy

undeploy: ## take away what make deploy brought (OVERLAY=kind CONTEXT=...): data stay
	@knative/kind/undeploy

smoke: ## book by curl, in both flows; on a cluster wait for scale to zero too, and say what a cold start costs (URL=http://127.0.0.1:8080)
	@URL=$(URL) knative/kind/smoke
