//! The server's HTTP surface, held to its OpenAPI document by schemathesis: requests that the document allows and requests
//! that it forbids, and whether each answer is one that it describes. `xtask/api-tests.toml` says how.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

use super::{Tally, skipped};
use crate::{native, python, report, workspace};

/// Settings of whoever runs the tests, which the server must not take up.
const SETTINGS: [&str; 7] =
    ["MONGO_URI", "MONGO_DB", "MONGO_COLLECTION", "RADAR_DATA_DIR", "RADAR_INGEST_TOKEN", "RADAR_KEEP_DAYS", "RADAR_KEEP_BYTES"];

pub(super) fn run() -> Result<Tally> {
    let schemathesis = match python::program("schemathesis") {
        Ok(program) => program,
        Err(error) => return Ok(skipped(&format!("the API is not held to its document: {error:#}"))),
    };
    let folder = workspace::own().join("api");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot empty the folder of the API's tests")?;
    }
    let server = Server::start(&native::server()?, &folder)?;
    let here = workspace::root().join("xtask");
    let mut ask = Command::new(schemathesis);
    // What it remembers stays below the folder it is started in.
    ask.current_dir(&folder).env("PYTHONPATH", &here).env("PYTHONDONTWRITEBYTECODE", "1");
    ask.arg("--config-file").arg(here.join("api-tests.toml")).arg("run");
    ask.arg(format!("{}/api/openapi.json", server.address));
    report::step("test", "the API has been held to its document", || {
        let status = ask.status().context("cannot start schemathesis")?;
        Ok(if status.success() { Tally::PASSED } else { Tally::failed("the API, held to its document".to_owned()) })
    })
}

/// The server, on a port that the system chose, ended with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let site = folder.join("site");
        fs::create_dir_all(&site)?;
        fs::write(site.join("assets.json"), ASSETS)?;
        let mut serve = Command::new(program);
        serve.args(["serve", "--addr", "127.0.0.1:0", "--no-demo", "--data"]).arg(folder.join("data"));
        for setting in SETTINGS {
            serve.env_remove(setting);
        }
        let mut process = serve.env("RADAR_SITE", site).stdout(Stdio::piped()).spawn().context("cannot start the server")?;
        let stdout = process.stdout.take();
        let mut server = Self { process, address: String::new() };
        let mut said = String::new();
        BufReader::new(stdout.context("the server has no output to read")?).read_line(&mut said)?;
        let address = said.trim_end().strip_prefix("RADAR is at ").context("the server did not start; what it said is above")?;
        server.address = address.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Pages are rendered, and nothing of what they name is asked for.
const ASSETS: &str = r#"{"start":"/pkg/start.js","frontend_wasm":"/pkg/frontend.wasm","style":"/pkg/main.css",
    "worker":"/pkg/worker.js","worker_wasm":"/pkg/worker.wasm"}"#;
