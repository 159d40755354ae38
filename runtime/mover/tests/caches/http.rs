//! The HTTP cache, as the host orders it: its keys go to the host.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use windlass_mover_client::protocol::{Answer, Ask, Order, Outcome};

use crate::depot::Shelf;
use crate::program::start;

fn request(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_puts_under_a_key_it_gets_again() {
    let shelf = Arc::new(Shelf::default());
    let keys = Mutex::new(std::collections::HashMap::new());
    shelf.before(move |_, ask| {
        let mut keys = keys.lock().unwrap();
        Some(match ask {
            Ask::Publish { key, blob } => {
                keys.insert(key.clone(), *blob);
                Answer::Done
            }
            Ask::Lookup { key, .. } => match keys.get(key) {
                Some(blob) => Answer::Found { key: key.clone(), blob: *blob },
                None => Answer::No("nothing".into()),
            },
            Ask::Forget { key } => {
                keys.remove(key);
                Answer::Done
            }
            _ => return None,
        })
    });
    let mover = start(shelf).await;
    let Ok(Ok(Outcome::Serves { port, .. })) = mover.order(Order::Serve { port: 0 }, |_| ()).await else { panic!("it serves") };
    let answers = tokio::task::spawn_blocking(move || {
        let put = request(port, "PUT /a/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nvalue");
        let got = request(port, "GET /a/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let gone = request(port, "DELETE /a/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let missing = request(port, "GET /a/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        [put, got, gone, missing]
    });
    let [put, got, gone, missing] = answers.await.unwrap();
    assert!(put.starts_with("HTTP/1.1 20"), "{put}");
    assert!(got.starts_with("HTTP/1.1 200") && got.ends_with("\r\n\r\nvalue"), "{got}");
    assert!(gone.starts_with("HTTP/1.1 20"), "{gone}");
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
}
