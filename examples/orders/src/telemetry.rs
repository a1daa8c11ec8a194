//! What the example's programs tell of themselves: lines for people, and spans for a collector.

use tracing_subscriber::EnvFilter;

/// Sends what is left to tell when it is dropped.
#[must_use = "spans that wait are lost with the program"]
#[derive(Debug)]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

#[cfg(not(feature = "otel"))]
impl Telemetry {
    /// Writes lines to standard error as `RUST_LOG` says.
    ///
    /// # Errors
    /// Where a collector is said, which needs the feature `otel`.
    pub fn install(_: &'static str, otlp: &str) -> Result<Telemetry, String> {
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(EnvFilter::from_default_env()).init();
        match otlp {
            "" => Ok(Telemetry {}),
            _ => Err("`--otlp` needs a build with `--features otel`".to_owned()),
        }
    }
}

#[cfg(feature = "otel")]
impl Telemetry {
    /// Writes lines to standard error as `RUST_LOG` says, and sends spans to the collector at that address, over OTLP in gRPC; nowhere
    /// where it is empty. Inside of a tokio runtime.
    ///
    /// # Errors
    /// When the address is none.
    pub fn install(name: &'static str, otlp: &str) -> Result<Telemetry, String> {
        use opentelemetry::trace::TracerProvider as _;
        use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
        use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
        use tracing_subscriber::filter::LevelFilter;
        use tracing_subscriber::{Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

        let lines =
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(EnvFilter::from_default_env());
        let lines = tracing_subscriber::registry().with(lines);
        if otlp.is_empty() {
            lines.init();
            return Ok(Telemetry { provider: None });
        }
        let exporter =
            SpanExporter::builder().with_tonic().with_endpoint(otlp).build().map_err(|error| error.to_string())?;
        let resource = Resource::builder().with_service_name(name).build();
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer(name));
        let spans = spans.with_location(false).with_threads(false).with_tracked_inactivity(false);
        // Of its own filter: what is traced is no matter of how much is logged.
        let spans = spans.with_filter(LevelFilter::INFO);
        lines.with(spans).init();
        Ok(Telemetry { provider: Some(provider) })
    }
}

#[cfg(feature = "otel")]
impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.provider.take().map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "spans were not sent");
        }
    }
}
