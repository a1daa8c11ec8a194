//! Certificates that are renewed under a running server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wireloom::tls::{ClientTls, Tls};
use wireloom::{Context, Unary};

use crate::authority::{Authority, Files};
use crate::calls::{Running, rest_add, start};
use crate::rest_notes;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

async fn start_with(files: &Files) -> Running {
    start(Tls::from_files(&files.certificate, &files.key).reload_every(Duration::from_millis(20))).await
}

/// Whether who trusts this authority can call, over a connection of its own.
async fn is_trusted(server: &Running, authority: &Authority) -> bool {
    let channel = server.rest(ClientTls::new().roots(authority.roots()));
    Unary::<rest_notes::Add>::call(&channel, &Context::new(), rest_add("x")).await.is_ok()
}

async fn until_trusted(server: &Running, authority: &Authority) {
    let since = Instant::now();
    while !is_trusted(server, authority).await {
        assert!(since.elapsed() < PATIENCE, "what changed is not taken up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_no_call_fails() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = old.server("server");
    let server = start_with(&files).await;

    // Callers that trust both, on connections that stay and on new ones.
    let both = [old.roots(), new.roots()].map(|path| std::fs::read_to_string(path).unwrap()).concat();
    let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let callers: Vec<_> = [true, false]
        .map(|stays| {
            let (stop, calls, both) = (Arc::clone(&stop), Arc::clone(&calls), both.clone());
            let new_channel = {
                let address = server.http;
                move || {
                    let tls = ClientTls::new().roots_pem(both.as_str());
                    let endpoint = wireloom::Endpoint::new(&format!("https://{address}")).unwrap();
                    wireloom::Channel::new(wireloom::rest::Rest::default().tls(tls), endpoint)
                }
            };
            tokio::spawn(async move {
                let mut channel = new_channel();
                while !stop.load(Ordering::SeqCst) {
                    Unary::<rest_notes::Add>::call(&channel, &Context::new(), rest_add("x")).await.unwrap();
                    calls.fetch_add(1, Ordering::SeqCst);
                    if !stays {
                        channel = new_channel();
                    }
                }
            })
        })
        .into();

    assert!(is_trusted(&server, &old).await && !is_trusted(&server, &new).await);
    files.become_like(&new.server("renewed"));
    until_trusted(&server, &new).await;
    assert!(!is_trusted(&server, &old).await, "the old one is shown no more");
    files.become_like(&old.server("again"));
    until_trusted(&server, &old).await;
    stop.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("no call failed");
    }
    assert!(calls.load(Ordering::SeqCst) > 20);
}

#[tokio::test]
async fn what_is_broken_changes_nothing() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = old.server("server");
    let renewed = new.server("renewed");
    let server = start_with(&files).await;
    let looked_at = || tokio::time::sleep(Duration::from_millis(150));
    for broken in ["no certificate", ""] {
        std::fs::write(&files.certificate, broken).unwrap();
        looked_at().await;
        assert!(is_trusted(&server, &old).await, "{broken:?}");
    }
    std::fs::remove_file(&files.certificate).unwrap();
    looked_at().await;
    assert!(is_trusted(&server, &old).await, "a file is gone");
    // A certificate whose key is still another's.
    std::fs::copy(&renewed.certificate, &files.certificate).unwrap();
    looked_at().await;
    assert!(is_trusted(&server, &old).await);
    std::fs::copy(&renewed.key, &files.key).unwrap();
    until_trusted(&server, &new).await;
}

#[tokio::test]
async fn authorities_of_clients_are_read_anew_as_well() {
    let (authority, clients, others) = (Authority::new(), Authority::new(), Authority::new());
    let files = authority.server("server");
    let tls = Tls::from_files(&files.certificate, &files.key).require_client_certificates(clients.roots());
    let server = start(tls.reload_every(Duration::from_millis(20))).await;
    let call_as = async |client: &Files| {
        let tls = ClientTls::new().roots(authority.roots()).certificate(&client.certificate, &client.key);
        Unary::<rest_notes::Add>::call(&server.rest(tls), &Context::new(), rest_add("x")).await.is_ok()
    };
    let (one, two) = (clients.client("one"), others.client("two"));
    assert!(call_as(&one).await && !call_as(&two).await);
    std::fs::copy(others.roots(), clients.roots()).unwrap();
    let since = Instant::now();
    while !call_as(&two).await {
        assert!(since.elapsed() < PATIENCE, "what changed is not taken up");
    }
    assert!(!call_as(&one).await);
}
