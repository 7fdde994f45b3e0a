# The one program, for all that it can be: the whole system, which is what it
# is told to be here, the command line, and with FUNCTION_TARGET one function.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/tourbillon ./cmd/tourbillon

# Nothing but the program and whose certificates to believe. It has the time
# zones in it, and needs no user by name, no shell and no folder to write to.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/tourbillon /tourbillon
USER 65532:65532
EXPOSE 8080 3005 3006 3007
ENTRYPOINT ["/tourbillon"]
CMD ["up", "-addr", "0.0.0.0:8080", "-notifications-addr", "0.0.0.0:3005", "-saga-addr", "0.0.0.0:3006", "-realtime-addr", "0.0.0.0:3007"]
