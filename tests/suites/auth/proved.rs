//! Tokens of a key, taken from who proves to have it, over the wires whose requests can.

use wireloom::auth::{ClientCredentials, Dpop};
use wireloom::{Channel, Code, Context, OperationFault, Scheme};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, client};
use crate::giver::{Answer, Giver};
use crate::tokens;
use crate::vault::{self, Served};

/// How the vault is called from outside.
const PUBLIC: &str = "https://vault.example";

/// A vault that takes proofs of requests to there.
async fn taking_proofs(dpop: Dpop) -> Served {
    vault::serve_with(|server| server.verifier(Scheme::Jwt, tokens::verifier().dpop(dpop))).await
}

/// Gives tokens of the key that a request proves to have.
async fn giver() -> Giver {
    Giver::answering(|_, asked| {
        let proof = header(asked, "dpop").expect("it proves to have a key");
        Answer::token(&tokens::token_of_key("billing", "vault:read vault:write", proof), "DPoP")
    })
    .await
}

fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Runs a test over both wires.
macro_rules! over_requests {
    ($($test:ident)*) => { $(
        mod $test {
            use super::*;

            #[tokio::test]
            async fn rest() {
                super::$test(|served: &Served, of: ClientCredentials| {
                    client(Channel::rest(&format!("http://{}", served.http)).unwrap(), Some(As::Service(of)))
                })
                .await;
            }

            #[tokio::test]
            async fn grpc() {
                super::$test(|served: &Served, of: ClientCredentials| {
                    client(Channel::grpc(&format!("http://{}", served.http)).unwrap(), Some(As::Service(of)))
                })
                .await;
            }
        }
    )* };
}

over_requests! {
    a_server_may_be_called_otherwise_than_its_endpoint_is
}

/// Behind a proxy that changes the host, or found by its address: a proof is of the URL that the server knows of itself.
async fn a_server_may_be_called_otherwise_than_its_endpoint_is<C: Vault>(
    client: impl Fn(&Served, ClientCredentials) -> C,
) {
    let (served, giver, cx) = (taking_proofs(Dpop::at([PUBLIC]).unwrap()).await, giver().await, Context::new());
    let named = client(&served, giver.credentials().dpop_at(PUBLIC).unwrap());
    for _ in 0..2 {
        assert_eq!(named.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "billing");
    }
    assert_eq!(giver.asked(), 1);
    let elsewhere = ["https://orders.example", "http://vault.example", "https://vault.example/behind"];
    for credentials in elsewhere.map(|url| giver.credentials().dpop_at(url).unwrap()) {
        let fault = client(&served, credentials).whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!(fault.code(), Code::Unauthenticated);
    }
    // Told nothing, it proves what it knows: its endpoint, which here is not how the server is called.
    let unnamed = client(&served, giver.credentials().dpop());
    let fault = unnamed.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
    assert_eq!(fault.code(), Code::Unauthenticated);
    let both = taking_proofs(Dpop::at(["https://inside.example", PUBLIC]).unwrap()).await;
    for name in ["https://inside.example", PUBLIC] {
        let named = client(&both, giver.credentials().dpop_at(name).unwrap());
        assert_eq!(named.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "billing");
    }
}
