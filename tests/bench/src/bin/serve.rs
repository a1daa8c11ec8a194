//! One of the measured servers, on one thread, until its input ends: `bench-serve wireloom`. It prints its address.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use wireloom_bench::peers::Peer;

fn main() -> ExitCode {
    let Some(peer) = std::env::args().nth(1).and_then(|name| Peer::named(&name)) else {
        let names = Peer::ALL.map(Peer::name).join(" | ");
        let _ = writeln!(io::stderr(), "usage: bench-serve {names}");
        return ExitCode::from(2);
    };
    match serve(peer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(peer: Peer) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (address, serve) = peer.listen().await?;
        writeln!(io::stdout(), "{address}")?;
        tokio::select! {
            () = serve => {}
            () = input_ended() => {}
        }
        Ok(())
    })
}

async fn input_ended() {
    let (tell, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An error is an end as well.
        let _ = io::stdin().read(&mut [0]);
        tell.send(())
    });
    // A thread that died has seen the end, too.
    let _ = ended.await;
}
