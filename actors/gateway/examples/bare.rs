//! What actix-web does by itself: `bare FILE [WORKERS]` answers every request with the bytes of a file, as JSON. It says its
//! port and is what `make bench-doors` holds the gateway against.

use actix_web::web::{Bytes, to};
use actix_web::{App, HttpResponse, HttpServer};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or_else(|| std::io::Error::other("bare FILE [WORKERS]"))?;
    let workers = words.next().and_then(|word| word.parse().ok()).unwrap_or(2);
    let bytes = Bytes::from(std::fs::read(file)?);
    let server = HttpServer::new(move || {
        let bytes = bytes.clone();
        App::new().default_service(to(move || {
            let answer = HttpResponse::Ok().content_type("application/json").body(bytes.clone());
            std::future::ready(answer)
        }))
    });
    let server = server.workers(workers).bind(("127.0.0.1", 0))?;
    println!("{}", server.addrs()[0].port());
    server.run().await
}
