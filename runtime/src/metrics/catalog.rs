//! Every metric that there is: name, kind, labels, and what it says. The book's table is held to it.

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Comes and goes.
    Gauge,
    /// Seconds, in buckets.
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// `wireloom_client_attempts_total`
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

macro_rules! catalog {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            pub(super) const $constant: Metric =
                Metric { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };
        )*

        /// All metrics, in the order in which they are told of.
        pub const CATALOG: &[Metric] = &[$($constant),*];
    };
}

catalog! {
    SERVER_DURATION = Histogram "rpc_server_call_duration_seconds" ["rpc_system_name", "rpc_method", "rpc_response_status_code"]
        "Time of calls that came in, a stream until its end.";
    SERVER_ACTIVE = Gauge "wireloom_server_active_calls" ["rpc_system_name", "rpc_method"]
        "Calls that came in and have not ended.";
    SERVER_REPEATED = Counter "wireloom_server_repeated_total" ["rpc_method", "previous_attempts"]
        "Calls that came in as a further attempt, by how many their caller says went before: retries and hedges.";
    SERVER_REFUSED = Counter "wireloom_server_refused_total" ["rpc_method", "reason"]
        "Calls that were not let in, before anything was decoded.";
    SERVER_QUEUED = Counter "wireloom_server_queued_total" ["rpc_method"]
        "Calls that had to wait for a place.";
    SERVER_LIMIT = Gauge "wireloom_server_concurrency_limit" ["rpc_method"]
        "Calls of an operation that may run at once now; an adaptive limit moves.";
    SERVER_RUNNING = Gauge "wireloom_server_concurrency_running" ["rpc_method"]
        "Calls that hold a place of that limit.";
    SERVER_WAITING = Gauge "wireloom_server_queue_length" ["rpc_method"]
        "Calls that wait for a place now.";
    VERDICTS = Counter "wireloom_auth_verdicts_total" ["rpc_method", "verdict"]
        "Callers of operations that are not public, by what the guard found.";
    LOOKUPS = Counter "wireloom_auth_lookups_total" ["what", "result"]
        "Times that a verifier needed keys of an issuer or to know what a token is, by where it had that from.";
    CLIENT_DURATION = Histogram "rpc_client_call_duration_seconds" ["rpc_system_name", "rpc_method", "rpc_response_status_code"]
        "Time of calls that went out, with all their attempts, a stream until its end.";
    CLIENT_ACTIVE = Gauge "wireloom_client_active_calls" ["rpc_system_name", "rpc_method"]
        "Calls that went out and have not ended.";
    CLIENT_ATTEMPTS = Counter "wireloom_client_attempts_total" ["rpc_method", "turn"]
        "Attempts that were sent: the first of a call, a retry, a hedge beside another.";
    CLIENT_HEDGES_WON = Counter "wireloom_client_hedges_won_total" ["rpc_method"]
        "Calls that were answered by their hedge.";
    CLIENT_UNPAID = Counter "wireloom_client_retry_budget_exhausted_total" ["rpc_method"]
        "Retries and hedges that were not sent because the budget of retries was used up.";
    CLIENT_REFUSED = Counter "wireloom_client_refused_total" ["rpc_method", "reason"]
        "Calls that policies did not send, or not again.";
    CLIENT_TIMED_OUT = Counter "wireloom_client_deadline_exceeded_total" ["rpc_method", "where"]
        "Time that was up: of one attempt, or of the call.";
    BREAKER_STATE = Gauge "wireloom_client_breakers" ["rpc_method", "state"]
        "Breakers in each state.";
    BREAKER_OPENINGS = Counter "wireloom_client_breaker_openings_total" ["rpc_method"]
        "Times that a breaker opened.";
    ENDPOINTS = Gauge "wireloom_client_endpoints" ["rpc_system_name", "state"]
        "Endpoints that channels know, and those of them that are ejected.";
    EJECTIONS = Counter "wireloom_client_ejections_total" ["rpc_system_name"]
        "Endpoints that were ejected after failures.";
    PANICS = Gauge "wireloom_client_panics" ["rpc_system_name"]
        "Channels with so few healthy endpoints that health is ignored.";
    DISCOVERY_SOURCES = Gauge "wireloom_discovery_sources" ["source", "state"]
        "Sources of endpoints that are followed, those of them that fail now, and those whose list is doubted.";
    DISCOVERY_INSTANCES = Gauge "wireloom_discovery_instances" ["source"]
        "Instances of the sets in force.";
    DISCOVERY_SETS = Counter "wireloom_discovery_sets_total" ["source"]
        "Sets of endpoints that were put in force.";
    DISCOVERY_ERRORS = Counter "wireloom_discovery_errors_total" ["source"]
        "Times that a source failed, or told what cannot be.";
    DISCOVERY_AGE = Gauge "wireloom_discovery_age_seconds" ["source"]
        "Time since a source said last what is there, of the one that has been silent for longest. Sources that tell only changes may be silent for long.";
    SENT = Histogram "wireloom_messaging_send_duration_seconds" ["messaging_system", "messaging_destination_name", "result"]
        "Time until the broker had confirmed an event, with all tries.";
    HANDLED = Histogram "messaging_process_duration_seconds" ["messaging_system", "messaging_destination_name", "messaging_consumer_group_name", "handler", "outcome"]
        "Time of attempts at handling an event, by how they ended.";
    DELAYS = Histogram "wireloom_messaging_delay_seconds" ["messaging_system", "messaging_destination_name", "messaging_consumer_group_name", "handler"]
        "Time from when an event was published to its first attempt, where its publisher said when that was.";
    PASSED = Counter "wireloom_messaging_passed_total" ["messaging_system", "messaging_destination_name", "messaging_consumer_group_name", "handler", "how"]
        "Events that were done with, or not, without a handler: passed over, expired, given back to the broker, dead.";
    GENERATION = Gauge "wireloom_policy_generation" ["side"]
        "The newest generation of policies in force.";
    POLICY_FILES = Gauge "wireloom_policy_files" ["state"]
        "Files of policies that are followed, and those of them that say now what is refused, so that what they said before holds.";
    POLICY_REFUSALS = Counter "wireloom_policy_refusals_total" ["why"]
        "Times that what is said of policies beside the contract did not hold: a text that cannot be, a name of nobody, a contradiction to the contract.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_prometheus_own() {
        for metric in CATALOG {
            let text = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(metric.name.chars().all(text), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.kind != Kind::Histogram || metric.name.ends_with("_seconds"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn the_book_has_each() {
        let book = include_str!("../../../book/src/operating/telemetry.md");
        for Metric { name, kind, labels, help } in CATALOG {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            let said = help.trim_end_matches('.');
            let row = format!("| `{name}` | {} | {} | {said} |", kind.as_str(), labels.join(", "));
            assert!(book.contains(&row), "the book lacks\n{row}");
        }
    }
}
