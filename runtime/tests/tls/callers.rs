//! Callers known by their certificates: `auth mtls`.

use wireloom::auth::Certificates;
use wireloom::rpc::Rpc;
use wireloom::tls::{ClientTls, Tls};
use wireloom::{
    Auth, Channel, Code, Context, Endpoint, Fault, Mount, Operation, OperationFacts, Scheme, Served, Server,
    ServiceFacts, Unary,
};

use crate::authority::Authority;

/// Tells a caller who it is, if it is a clerk.
struct Clerks;

struct Name;

impl Operation for Name {
    type Input = u32;
    type Output = String;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts {
        package: "clerks",
        service: "Clerks",
        name: "name",
        auth: Auth::any_of(&[Scheme::Mtls]).with_role("clerk"),
        ..*<crate::notes::Add as Operation>::FACTS
    };
}

impl Unary<Name> for Clerks {
    async fn call(&self, cx: &Context, _: u32) -> Result<String, Fault> {
        Ok(cx.principal().map(|principal| principal.key().to_string()).unwrap_or_default())
    }
}

impl Served for Clerks {
    const FACTS: &'static ServiceFacts = &ServiceFacts {
        package: "clerks",
        name: "Clerks",
        auth: Name::FACTS.auth,
        operations: &[Name::FACTS],
        handlers: &[],
    };

    fn mount(mount: &mut Mount<Clerks>) {
        mount.rpc().unary::<Name>();
    }
}

#[tokio::test]
async fn a_workload_is_known_by_its_spiffe_id() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.server("server");
    let tls = Tls::from_files(&server.certificate, &server.key).accept_client_certificates(authority.roots());
    let certificates =
        Certificates::of_trust_domain("shop.example").grant("spiffe://shop.example/billing", [], ["clerk"]);
    let server = Server::new().tls(tls).serve(Clerks).verifier(Scheme::Mtls, certificates).native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::new(&format!("rpcs://{}", bound.native_addr().unwrap())).unwrap();
    tokio::spawn(bound.run_until(std::future::pending()));

    let trusting = ClientTls::new().roots(authority.roots());
    let name = async |tls: ClientTls| {
        let channel = Channel::new(Rpc::default().tls(tls), endpoint.clone());
        Unary::<Name>::call(&channel, &Context::new(), 1).await.map_err(|fault| fault.code())
    };
    let with = |files: &crate::authority::Files| trusting.clone().certificate(&files.certificate, &files.key);
    let billing = authority.client("billing");
    assert_eq!(name(with(&billing)).await.as_deref(), Ok("spiffe://shop.example|spiffe://shop.example/billing"));
    assert_eq!(name(with(&authority.client("shipping"))).await, Err(Code::PermissionDenied), "known, and no clerk");
    assert_eq!(name(trusting.clone()).await, Err(Code::Unauthenticated), "nobody");
    assert_eq!(
        name(with(&other.client("billing"))).await,
        Err(Code::Unavailable),
        "by another authority: no connection"
    );
}
