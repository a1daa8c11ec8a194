//! The guard of a server: asks the verifiers of an operation's schemes, then for its scopes and role.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Denial, Principal, Verification, Verifier};
use crate::context::Context;
use crate::facts::{Auth, OperationFacts, Scheme, ServiceFacts};
use crate::fault::{Code, Fault};
use crate::metrics::{ServerCalls, Verdict};

/// What proofs of a key are signed with (RFC 9449).
const PROOF_ALGORITHMS: &str = "EdDSA ES256 ES384 RS256 RS384 RS512 PS256 PS384 PS512";

/// What is said of a token that is not accepted, whatever is wrong (RFC 6750).
const INVALID_TOKEN: &str = ", error=\"invalid_token\"";

/// What is wrong with what a call brings.
enum Wrong {
    /// It brings nothing.
    Nothing,
    /// It is not accepted.
    Token,
    /// Its proof has not that nonce, and is good otherwise.
    Nonce(String),
}

impl Wrong {
    /// What one more verifier says: a nonce is of use, whatever others say.
    fn or(self, denial: &Denial) -> Wrong {
        match (self, denial.wanted_nonce()) {
            (_, Some(nonce)) => Wrong::Nonce(nonce.to_owned()),
            (Wrong::Nonce(nonce), None) => Wrong::Nonce(nonce),
            (Wrong::Nothing | Wrong::Token, None) => Wrong::Token,
        }
    }
}

/// The verifiers of a server, by scheme.
#[derive(Clone, Default)]
pub(crate) struct Guard {
    verifiers: BTreeMap<Scheme, Vec<Arc<dyn Verifier>>>,
    /// Whether who may publish events is the broker's business.
    trusts_broker: bool,
}

impl Guard {
    /// Knows callers of a scheme by one more verifier.
    pub(crate) fn add(&mut self, scheme: Scheme, verifier: Arc<dyn Verifier>) {
        self.verifiers.entry(scheme).or_default().push(verifier);
    }

    /// Takes every event that the broker brings.
    pub(crate) fn trust_broker(&mut self) {
        self.trusts_broker = true;
    }

    /// Tells of a service the publishers of whose events cannot be known.
    pub(crate) fn check_handlers(&self, service: &ServiceFacts) -> Result<(), String> {
        match self.trusts_broker {
            true => Ok(()),
            false => self.check(&ServiceFacts { operations: &[], ..*service }),
        }
    }

    /// Tells of the first operation whose callers cannot be known.
    pub(crate) fn check(&self, service: &ServiceFacts) -> Result<(), String> {
        let own = [(&service.auth, None)];
        let operations = service.operations.iter().map(|op| (&op.auth, Some(op)));
        for (auth, op) in operations.chain(own) {
            let Some(scheme) = auth.schemes.iter().find(|scheme| !self.verifiers.contains_key(scheme)) else {
                continue;
            };
            let what = op.map_or_else(|| format!("{}.{}", service.package, service.name), ToString::to_string);
            return Err(format!(
                "{what} wants `auth {scheme}`, and nothing here knows such callers: \
                 the server needs a `verifier(Scheme::{scheme:?}, …)`"
            ));
        }
        Ok(())
    }

    /// Finds out who calls and whether it may. The context that comes back knows it.
    pub(crate) async fn let_in(&self, op: &'static OperationFacts, auth: &Auth, cx: Context) -> Result<Context, Fault> {
        if auth.is_public() {
            return Ok(cx);
        }
        let found = &ServerCalls::of(op).verdicts;
        let principal = match cx.principal() {
            // Said by who calls in process.
            Some(principal) => principal.clone(),
            None => match self.known(op, auth.schemes, &cx).await {
                Ok(Some(principal)) => principal,
                Ok(None) => {
                    found.add(Verdict::Anonymous);
                    return Err(self.unknown(op, auth.schemes, Wrong::Nothing));
                }
                Err(fault) => {
                    found.add(match fault.code() {
                        _ if fault.nonce_told().is_some() => Verdict::Nonce,
                        Code::Unavailable => Verdict::Unavailable,
                        Code::ResourceExhausted => Verdict::Limited,
                        _ => Verdict::Refused,
                    });
                    return Err(fault);
                }
            },
        };
        if !principal.may(auth) {
            found.add(Verdict::Forbidden);
            tracing::debug!(%op, principal = %principal.key(), "a caller lacks a scope or the role");
            return Err(
                Fault::new(Code::PermissionDenied, "the caller may not do this").with_challenge(self.lacking(op, auth))
            );
        }
        found.add(Verdict::LetIn);
        Ok(cx.with_caller(principal))
    }

    /// As [`Guard::let_in`], for who has published an event.
    pub(crate) async fn let_event_in(&self, op: &'static OperationFacts, cx: Context) -> Result<Context, Fault> {
        match self.trusts_broker {
            true => Ok(cx),
            false => self.let_in(op, &op.auth, cx).await,
        }
    }

    /// Looks at what a connection brings by itself, before anything is called on it: what is not accepted opens none. One that brings
    /// nothing may, for its calls can bring it.
    #[cfg(feature = "ws")]
    pub(crate) async fn let_connect(&self, asking: &[&'static OperationFacts], cx: &Context) -> Result<(), Fault> {
        let Some(op) = asking.first() else { return Ok(()) };
        let mut schemes: Vec<Scheme> = Vec::new();
        for scheme in asking.iter().flat_map(|op| op.auth.schemes) {
            // A certificate that says nothing here may have a token beside it.
            if *scheme != Scheme::Mtls && !schemes.contains(scheme) {
                schemes.push(*scheme);
            }
        }
        self.known(op, &schemes, cx).await.map(drop)
    }

    /// The caller, by any of these schemes; none where a call brings nothing of the kind.
    async fn known(&self, op: &OperationFacts, schemes: &[Scheme], cx: &Context) -> Result<Option<Principal>, Fault> {
        let (mut wrong, mut outage) = (Wrong::Nothing, None);
        for scheme in schemes {
            for verifier in self.verifiers.get(scheme).into_iter().flatten() {
                let verified = match verifier.verify(cx) {
                    Verification::Absent => continue,
                    Verification::Known(principal) => Ok(principal),
                    Verification::Refused(denial) => Err(denial),
                    Verification::Later(verified) => verified.await,
                };
                match verified {
                    Ok(principal) => return Ok(Some(principal)),
                    Err(denial) if denial.retry_after().is_some() => return Err(busy(denial)),
                    Err(denial) if denial.is_outage() => outage = Some((*scheme, denial)),
                    Err(denial) => {
                        tracing::debug!(%op, %scheme, %denial, "a caller is not known");
                        wrong = wrong.or(&denial);
                    }
                }
            }
        }
        match outage {
            Some((scheme, denial)) => Err(cannot_tell(op, scheme, denial)),
            None if matches!(wrong, Wrong::Nothing) => Ok(None),
            None => Err(self.unknown(op, schemes, wrong)),
        }
    }

    /// The fault of a caller that is not known, whatever was wrong.
    fn unknown(&self, op: &OperationFacts, schemes: &[Scheme], wrong: Wrong) -> Fault {
        let (of_token, of_proof, nonce) = match wrong {
            Wrong::Nothing => ("", "", None),
            Wrong::Token => (INVALID_TOKEN, INVALID_TOKEN, None),
            Wrong::Nonce(nonce) => ("", ", error=\"use_dpop_nonce\"", Some(nonce)),
        };
        Fault::new(Code::Unauthenticated, "the caller is not known")
            .with_challenge(self.challenges(op, schemes, of_token, of_proof))
            .with_nonce(nonce)
    }

    /// What HTTP says to who is known and may not (RFC 6750); nothing where scopes would not help.
    fn lacking(&self, op: &OperationFacts, auth: &Auth) -> Option<String> {
        if auth.scopes.is_empty() {
            return None;
        }
        let error = format!(", error=\"insufficient_scope\", scope=\"{}\"", auth.scopes.join(" "));
        self.challenges(op, auth.schemes, &error, &error)
    }

    /// What HTTP says of how to be known: a challenge for each scheme that has one, with what is wrong with a token, or with one that has a proof.
    fn challenges(&self, op: &OperationFacts, schemes: &[Scheme], of_token: &str, of_proof: &str) -> Option<String> {
        // A name of a contract needs no escapes.
        let challenge = |name: &str, more: &str| format!("{name} realm=\"{}.{}\"{more}", op.package, op.service);
        let mut all: Vec<String> = Vec::new();
        for scheme in schemes {
            let takes_proofs = self.verifiers.get(scheme).is_some_and(|of| of.iter().any(|it| it.takes_proofs()));
            let proved = || challenge("DPoP", &format!("{of_proof}, algs=\"{PROOF_ALGORITHMS}\""));
            let of_scheme = match scheme {
                Scheme::Jwt | Scheme::Oauth2 => [Some(challenge("Bearer", of_token)), takes_proofs.then(proved)],
                Scheme::ApiKey => [Some(challenge("ApiKey", "")), None],
                // Asked for by the connection, not by HTTP.
                Scheme::Mtls => [None, None],
            };
            for challenge in of_scheme.into_iter().flatten() {
                if !all.contains(&challenge) {
                    all.push(challenge);
                }
            }
        }
        (!all.is_empty()).then(|| all.join(", "))
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.verifiers.keys()).finish()
    }
}

/// The fault of a caller that is not known any more.
pub(crate) fn expired() -> Fault {
    Fault::new(Code::Unauthenticated, "the caller is not known any more")
}

fn cannot_tell(op: &OperationFacts, scheme: Scheme, denial: Denial) -> Fault {
    tracing::warn!(%op, %scheme, %denial, "who calls cannot be found out");
    Fault::new(Code::Unavailable, "who calls cannot be found out now").with_source(denial)
}

/// The fault of a caller that is known, and calls too often.
fn busy(denial: Denial) -> Fault {
    let fault = Fault::new(Code::ResourceExhausted, "over a limit");
    let fault = denial.retry_after().map_or(fault.clone(), |wait| fault.with_retry_after(wait));
    fault.with_source(denial)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::facts::{Effect, Shape};
    use crate::policy::Settings;

    const TAKE: OperationFacts = OperationFacts {
        package: "shop",
        service: "Orders",
        name: "take",
        shape: Shape::Unary,
        effect: Effect::Once,
        policy: Settings::UNSAID,
        auth: Auth::any_of(&[Scheme::Jwt, Scheme::ApiKey]).with_scopes(&["orders:write", "stock"]),
    };

    /// Knows who says its name.
    struct Named(Scheme);

    impl Verifier for Named {
        fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
            match cx.metadata().get("x-name") {
                None => Verification::Absent,
                Some("?") => Verification::Later(Box::pin(async { Err(Denial::unavailable("nobody answers")) })),
                Some("mallory") => Err(Denial::refused("is mallory")).into(),
                #[cfg(feature = "auth")]
                Some("nonce") => Err(Denial::nonce("n-1".to_owned())).into(),
                Some("trudy") => Err(Denial::busy(Duration::from_secs(7))).into(),
                Some(name) => Ok(Principal::new(self.0, "test", name).with_scopes(name.split('+'))).into(),
            }
        }
    }

    /// Would take proofs, if there were one.
    struct Proving;

    impl Verifier for Proving {
        fn verify<'a>(&'a self, _: &'a Context) -> Verification<'a> {
            Verification::Absent
        }

        fn takes_proofs(&self) -> bool {
            true
        }
    }

    fn guard() -> Guard {
        let mut guard = Guard::default();
        guard.add(Scheme::Jwt, Arc::new(Named(Scheme::Jwt)));
        guard.add(Scheme::ApiKey, Arc::new(Named(Scheme::ApiKey)));
        guard
    }

    async fn called(name: Option<&str>) -> Result<Context, Fault> {
        let cx = name.map_or_else(Context::new, |name| Context::new().with_metadata("x-name", name)).arrived();
        guard().let_in(&TAKE, &TAKE.auth, cx).await
    }

    #[tokio::test]
    async fn who_has_all_scopes_is_let_in() {
        let cx = called(Some("orders:write+stock")).await.unwrap();
        assert_eq!(cx.principal().map(Principal::subject), Some("orders:write+stock"));
    }

    #[tokio::test]
    async fn nobody_learns_what_was_wrong() {
        let (none, bad) = (called(None).await.unwrap_err(), called(Some("mallory")).await.unwrap_err());
        assert_eq!((none.code(), none.message()), (bad.code(), bad.message()));
        assert_eq!(none.challenge(), Some("Bearer realm=\"shop.Orders\", ApiKey realm=\"shop.Orders\""));
        assert_eq!(
            bad.challenge(),
            Some("Bearer realm=\"shop.Orders\", error=\"invalid_token\", ApiKey realm=\"shop.Orders\"")
        );
        let lacks = called(Some("stock")).await.unwrap_err();
        assert_eq!((lacks.code(), lacks.message()), (Code::PermissionDenied, "the caller may not do this"));
        assert!(lacks.challenge().unwrap().contains("error=\"insufficient_scope\", scope=\"orders:write stock\""));
    }

    #[tokio::test]
    async fn who_may_prove_to_have_a_key_is_told_so() {
        let mut guard = guard();
        guard.add(Scheme::Jwt, Arc::new(Proving));
        let unknown = guard.let_in(&TAKE, &TAKE.auth, Context::new()).await.unwrap_err();
        let bearer = "Bearer realm=\"shop.Orders\", DPoP realm=\"shop.Orders\", algs=\"EdDSA ES256";
        assert!(unknown.challenge().unwrap().starts_with(bearer), "{unknown:?}");
    }

    #[tokio::test]
    async fn who_calls_too_often_is_told_when_to_come_back() {
        let fault = called(Some("trudy")).await.unwrap_err();
        assert_eq!((fault.code(), fault.retry_after()), (Code::ResourceExhausted, Some(Duration::from_secs(7))));
        assert_eq!(fault.challenge(), None, "it is known");
    }

    /// It is the proof that is to be another one; the token is as good as it was.
    #[cfg(feature = "auth")]
    #[tokio::test]
    async fn who_is_to_prove_it_with_a_nonce_is_told_so() {
        let mut guard = guard();
        guard.add(Scheme::Jwt, Arc::new(Proving));
        let cx = Context::new().with_metadata("x-name", "nonce").arrived();
        let fault = guard.let_in(&TAKE, &TAKE.auth, cx).await.unwrap_err();
        assert_eq!((fault.code(), fault.nonce_told()), (Code::Unauthenticated, Some("n-1")));
        let challenge = fault.challenge().unwrap();
        let proved = "Bearer realm=\"shop.Orders\", DPoP realm=\"shop.Orders\", error=\"use_dpop_nonce\", algs=";
        assert!(challenge.starts_with(proved), "{challenge}");
    }

    #[tokio::test]
    async fn an_outage_is_no_refusal() {
        assert_eq!(called(Some("?")).await.unwrap_err().code(), Code::Unavailable);
    }

    #[cfg(feature = "auth")]
    #[tokio::test]
    async fn each_verdict_counts() {
        const COUNTED: OperationFacts = OperationFacts { name: "counted", ..TAKE };
        let names = ["orders:write+stock", "stock", "mallory", "trudy", "nonce", "?"];
        for name in names.map(Some).into_iter().chain([None]) {
            let cx = name.map_or_else(Context::new, |name| Context::new().with_metadata("x-name", name)).arrived();
            let _ = guard().let_in(&COUNTED, &COUNTED.auth, cx).await;
        }
        let counts: Vec<_> = ServerCalls::of(&COUNTED).verdicts.each().collect();
        use Verdict::{Anonymous, Forbidden, LetIn, Limited, Nonce, Refused, Unavailable};
        let all = [LetIn, Anonymous, Refused, Forbidden, Limited, Nonce, Unavailable];
        assert_eq!(counts, all.map(|verdict| (verdict, 1)));
    }

    #[test]
    fn every_scheme_wants_a_verifier() {
        let service = ServiceFacts {
            package: "shop",
            name: "Orders",
            auth: Auth::any_of(&[Scheme::Mtls]),
            operations: &[&TAKE],
            handlers: &[],
        };
        let told = Guard::default().check(&service).unwrap_err();
        assert!(told.starts_with("shop.Orders/take wants `auth jwt`"), "{told}");
        let told = guard().check(&service).unwrap_err();
        assert!(told.starts_with("shop.Orders wants `auth mtls`") && told.contains("Scheme::Mtls"), "{told}");
    }
}
