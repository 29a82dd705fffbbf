//! The example service under load: a new catalogue comes in without dropping a request, and the end of the service loses none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::bundle::Bundle;
use jiesu::dispatch::{NOTICE, SECTION, Section};
use jiesu_tests::{binary, project};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(bundle: &Path) -> Service {
        let program = binary().with_file_name("examples").join("service");
        assert!(program.exists(), "{} is not built: run `cargo build --release --example service` first", program.display());
        let mut child = Command::new(program).arg(bundle).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_string();
        Service { child, address }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Client { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One kept-alive connection.
struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn send(&mut self, path: &str, body: &str) {
        let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", body.len());
        self.stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    }

    /// Status and body of the next answer.
    fn answer(&mut self) -> (u16, String) {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {line:?}")).parse().unwrap();
        let mut length = 0;
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            match line.trim().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", n)) => length = n.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    fn post(&mut self, path: &str, body: &str) -> (u16, String) {
        self.send(path, body);
        self.answer()
    }
}

fn request(id: usize, text: &str) -> String {
    serde_json::json!({"id": id.to_string(), "text": text}).to_string()
}

const WATER: &str = "小区停水两天了，自来水公司一直没人来修";

#[test]
fn a_new_catalogue_drops_no_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("city.jiesu");
    std::fs::copy(project("models/beijing.jiesu"), &path).unwrap();
    let service = Service::start(&path);
    let cooperating = |body: &str| {
        let answer: serde_json::Value = serde_json::from_str(body).unwrap();
        answer["units"].as_array().unwrap().iter().any(|u| u["unit"] == "市体育局")
    };
    assert!(!cooperating(&service.connect().post("/analyze", &request(0, WATER)).1));

    let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for n in 0..4usize {
            let mut client = service.connect();
            let (stop, count) = (&stop, &count);
            scope.spawn(move || {
                while !stop.load(SeqCst) {
                    let (status, body) = client.post(["/analyze", "/process"][n % 2], &request(n, WATER));
                    assert_eq!(status, 200, "{body}");
                    assert!(body.contains(&format!("\"id\":\"{n}\"")), "another's answer: {body}");
                    count.fetch_add(1, SeqCst);
                }
            });
        }
        let until = |least: usize| {
            while count.load(SeqCst) < least {
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        until(100);
        // A damaged file is refused, and the old one goes on.
        std::fs::write(&path, b"nonsense").unwrap();
        assert_eq!(service.connect().post("/reload", "").0, 400);
        until(count.load(SeqCst) + 50);
        let mut bundle = Bundle::open(project("models/beijing.jiesu")).unwrap();
        let mut section: Section = bundle.get(SECTION).unwrap();
        let changed = section.catalogue.replace(",自来水集团,水务局,", ",自来水集团,体育局,");
        assert_ne!(changed, section.catalogue);
        section.catalogue = changed;
        bundle.insert(SECTION, &section, NOTICE).unwrap();
        bundle.save(&path).unwrap();
        assert_eq!(service.connect().post("/reload", "").0, 204);
        // From here on every new request sees the new row.
        assert!(cooperating(&service.connect().post("/analyze", &request(9, WATER)).1));
        until(count.load(SeqCst) + 100);
        stop.store(true, SeqCst);
    });
}

#[test]
fn the_end_of_the_service_loses_no_request() {
    let mut service = Service::start(&project("models/beijing.jiesu"));
    let mut clients: Vec<Client> = (0..8).map(|_| service.connect()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.post("/analyze", &request(n, WATER)).0, 200);
    }
    // Long enough that they are under way when the signal comes.
    let long = "朝阳区望京街道路灯不亮，晚上走路看不见。".repeat(20_000);
    for (n, client) in clients.iter_mut().enumerate() {
        client.send(["/analyze", "/process"][n % 2], &request(n, &long));
    }
    std::thread::sleep(Duration::from_millis(50));
    service.signal("-TERM");
    for (n, client) in clients.iter_mut().enumerate() {
        let (status, body) = client.answer();
        assert_eq!(status, 200, "{body}");
        assert!(body.contains(&format!("\"id\":\"{n}\"")));
    }
    assert!(service.child.wait().unwrap().success());
    assert!(TcpStream::connect(&service.address).is_err());
}
