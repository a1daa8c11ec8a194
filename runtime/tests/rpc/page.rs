//! The book's examples of frames, made here: one conversation in each form, so that the pages cannot rot.
//!
//! `BLESS=1` writes them anew.

use std::sync::Arc;

use bytes::BytesMut;
use wireloom::mux::{Close, Encoding, Event, Mux, MuxLimits, Native, StreamId, Table, Unwritten};
use wireloom::{Context, Fault, Metadata, Operation as _};

use crate::notes::{Add, AddRequest, Follow, Full, Note};

/// One after the other: what was said, and its bytes.
type Said = Vec<(&'static str, BytesMut)>;

/// How messages are written.
type Write<T> = fn(&T) -> Vec<u8>;

#[test]
fn the_page_of_native_rpc_shows_real_bytes() {
    let said = conversation::<Native>(wireloom::wire::encode_to_vec, wireloom::wire::encode_to_vec);
    let text: Vec<_> = said.iter().map(|(what, bytes)| format!("{what}\n{}", dump(bytes))).collect();
    blessed("native.md", &text.join("\n"));
}

#[cfg(feature = "ws")]
#[test]
fn the_page_of_websocket_shows_real_frames() {
    let said = conversation::<wireloom::mux::JsonFrames>(
        |request| serde_json::to_vec(request).unwrap(),
        |note| serde_json::to_vec(note).unwrap(),
    );
    let mut text = String::new();
    for (what, mut bytes) in said {
        let side = if what.starts_with("The client") { "→" } else { "←" };
        while !bytes.is_empty() {
            let length = u32::from_le_bytes(bytes.split_to(4)[..].try_into().unwrap());
            text += &format!("{side} {}\n", String::from_utf8_lossy(&bytes.split_to(length as usize)));
        }
    }
    blessed("websocket.md", &text);
}

/// A hello of each side, a call that is answered, one that fails, and a stream.
fn conversation<E: Encoding>(write_request: Write<AddRequest>, write_note: Write<Note>) -> Said {
    let now = tokio::time::Instant::now().into_std();
    let table = Arc::new(Table::new([Add::FACTS, Follow::FACTS]));
    let mut client: Mux<(), E> = Mux::client(MuxLimits::default(), now);
    let mut server: Mux<(), E> = Mux::server(MuxLimits::default(), table, now);
    let mut said = Said::new();

    say("The client says hello:", &mut client, &mut server, &mut said);
    say("The server says hello, and names its operations:", &mut server, &mut client, &mut said);

    let cx = Context::new().with_metadata("x-tenant", "blue");
    let put = |text: &str| write_request(&AddRequest { text: text.to_owned() });
    client.open(0, Some(2000), cx.outgoing(), |out| append(out, &put("milk"))).unwrap();
    let call =
        say("The client calls `add`, with 2 seconds left and metadata:", &mut client, &mut server, &mut said).unwrap();
    server.respond(call, |out| append(out, &write_note(&Note { id: 1, text: "milk".into() }))).unwrap();
    say("The server answers:", &mut server, &mut client, &mut said);

    client.open(0, None, &Metadata::default(), |out| append(out, &put("full"))).unwrap();
    let call = say("The client calls again:", &mut client, &mut server, &mut said).unwrap();
    server.fail(call, &Fault::declared(&Full { limit: 3 }));
    say("The server answers with a declared fault:", &mut server, &mut client, &mut said);

    client.open(1, None, &Metadata::default(), |out| append(out, write_number::<E>())).unwrap();
    let call = say("The client follows one note:", &mut client, &mut server, &mut said).unwrap();
    server.respond_with_stream(call).unwrap();
    server.item(call, |out| append(out, &write_note(&Note { id: 1, text: "milk".into() }))).unwrap();
    server.end(call);
    say("The server opens the stream, sends an item and ends it:", &mut server, &mut client, &mut said);

    client.close(Close::Done);
    say("The client ends the connection:", &mut client, &mut server, &mut said);
    said
}

/// The number one, as the input of `follow`.
fn write_number<E: Encoding>() -> &'static [u8] {
    if std::any::TypeId::of::<E>() == std::any::TypeId::of::<Native>() { b"\x08\x01" } else { b"1" }
}

fn append(out: &mut BytesMut, message: &[u8]) -> Result<(), Unwritten> {
    out.extend_from_slice(message);
    Ok(())
}

/// Moves what one side has put out to the other; gives the call that came in, if one did.
fn say<E: Encoding>(
    what: &'static str,
    from: &mut Mux<(), E>,
    to: &mut Mux<(), E>,
    said: &mut Said,
) -> Option<StreamId> {
    let mut bytes = BytesMut::new();
    from.take_output(&mut bytes);
    from.set_unsent(0);
    said.push((what, bytes.clone()));
    let mut call = None;
    while let Ok(Some(event)) = to.receive(&mut bytes) {
        if let Event::Request(request) = event {
            call = Some(request.stream);
        }
    }
    call
}

/// Sixteen bytes a line, with what of them is visible.
fn dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let visible = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let text: String = line.iter().map(visible).collect();
        format!("{:04x}  {:<47}  |{text}|\n", index * 16, hex.join(" "))
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

/// Compares with what the page has in its block behind the mark, or writes it there.
fn blessed(page: &str, text: &str) {
    const MARK: &str = "<!-- made by runtime/tests/rpc/page.rs -->\n```text\n";
    let path = format!("{}/../book/src/{page}", env!("CARGO_MANIFEST_DIR"));
    let whole = std::fs::read_to_string(&path).unwrap();
    let start = whole.find(MARK).expect("the page has a mark") + MARK.len();
    let end = start + whole[start..].find("```").expect("the block ends");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{}{text}{}", &whole[..start], &whole[end..])).unwrap();
    } else {
        assert_eq!(&whole[start..end], text, "{page} is not fresh: BLESS=1 writes it anew");
    }
}
