//! What is said on the command line of the example's programs: an address, and options with a value each.

const USAGE: &str = "[ADDRESS] [--native ADDRESS] [--broker URL] [--idempotency URL] [--register URL] [--cert FILE \
     --key FILE] [--ca FILE] [--origin ORIGIN] [--otlp URL]";

/// The arguments, or what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Where HTTP is, `127.0.0.1:8080` unless said otherwise.
    pub http: String,
    /// Where native RPC is, `127.0.0.1:8081` unless said otherwise.
    pub native: String,
    /// What carries events, `memory://` unless said otherwise.
    pub broker: String,
    /// Where replicas know of each other's keyed calls, `nats://127.0.0.1:4222`; none unless said.
    pub idempotency: String,
    /// Where a server says that it is there; none unless said. Where native RPC is it says below the same name with `-native`.
    pub register: String,
    /// The certificate that is shown, a file in PEM; none unless said.
    pub cert: String,
    /// Its key.
    pub key: String,
    /// The authorities of the other side: a server lets those of them in alone, a client trusts them.
    pub ca: String,
    /// Pages of which origin may call; none unless said.
    pub origin: String,
    /// The collector that spans are sent to; none unless said.
    pub otlp: String,
}

impl Arguments {
    /// Reads `[ADDRESS] [--native ADDRESS] [--broker URL] [--idempotency URL] [--register URL] [--cert FILE --key FILE]
    /// [--ca FILE] [--origin ORIGIN] [--otlp URL]`.
    ///
    /// # Errors
    /// The first argument that is none of these.
    ///
    /// ```
    /// use orders::Arguments;
    ///
    /// let said = Arguments::read(["127.0.0.1:9000", "--broker", "nats://127.0.0.1:4222"].map(str::to_owned)).unwrap();
    /// assert_eq!((said.http.as_str(), said.native.as_str()), ("127.0.0.1:9000", "127.0.0.1:8081"));
    /// assert!(Arguments::read(["--port".to_owned()]).is_err());
    /// ```
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Arguments, String> {
        let mut said = Arguments {
            http: "127.0.0.1:8080".to_owned(),
            native: "127.0.0.1:8081".to_owned(),
            broker: "memory://".to_owned(),
            ..Arguments::default()
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let option = match argument.as_str() {
                "--native" => &mut said.native,
                "--broker" => &mut said.broker,
                "--idempotency" => &mut said.idempotency,
                "--register" => &mut said.register,
                "--cert" => &mut said.cert,
                "--key" => &mut said.key,
                "--ca" => &mut said.ca,
                "--origin" => &mut said.origin,
                "--otlp" => &mut said.otlp,
                address if !address.starts_with('-') => {
                    said.http = argument;
                    continue;
                }
                _ => return Err(format!("`{argument}` is unknown: {USAGE}")),
            };
            *option = arguments.next().ok_or_else(|| format!("`{argument}` lacks its value"))?;
        }
        let is_secured = !(said.cert.is_empty() && said.key.is_empty() && said.ca.is_empty());
        match (is_secured, !said.idempotency.is_empty()) {
            (true, _) if cfg!(not(feature = "tls")) => Err("TLS needs a build with `--features tls`".to_owned()),
            (_, true) if cfg!(not(feature = "nats")) => {
                Err("`--idempotency` needs a build with `--features nats`".to_owned())
            }
            _ => Ok(said),
        }
    }
}
