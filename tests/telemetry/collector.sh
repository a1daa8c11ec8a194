# A real OpenTelemetry Collector on 127.0.0.1, which writes what it receives into a file. Sourced behind lib.sh, not run.

# collector_start PLACE: builds it, and starts it in an empty folder. Where it receives OTLP over gRPC stands in $otlp, what it received
# in $received, its id in $collector.
collector_start() {
    need go "install Go 1.26 or newer"
    local place=$1 source=tests/telemetry/collector program port
    program="$cache/collector-$(cat "$source"/* | sha256sum | cut -c1-12)"
    [[ -x "$program" ]] || (cd "$source" && run go build -trimpath -o "$program.new" . && mv "$program.new" "$program")
    rm -rf "$place"
    mkdir -p "$place"
    port=$(free_port)
    otlp="http://127.0.0.1:$port"
    received="$place/spans.json"
    cat >"$place/config.yaml" <<CONFIG
receivers:
  otlp: {protocols: {grpc: {endpoint: 127.0.0.1:$port}}}
exporters:
  file: {path: $received, flush_interval: 100ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [file]}
CONFIG
    start "$place/log" "$program" --config "file:$place/config.yaml"
    collector=$started
    wait_for_port "$port" "$collector" "$place/log"
}
