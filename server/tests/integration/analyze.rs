//! The program as a filter.

use std::{io::Write, path::Path};

use serde_json::Value;

use crate::program::{radar, text};

fn generated(format: &str, lines: &str, labels: Option<&Path>) -> Vec<u8> {
    let mut arguments = vec!["generate", "--format", format, "--lines", lines, "--seed", "11", "--start", "2026-03-02T08:00:00Z"];
    if let Some(labels) = labels {
        arguments.extend(["--labels", labels.to_str().unwrap()]);
    }
    radar(&arguments, b"").stdout
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for format in ["service", "combined", "csv", "windows"] {
        let log = generated(format, "6000", None);
        let one = radar(&["analyze", "-", "--output", "jsonl", "--threads", "1"], &log);
        let many = radar(&["analyze", "-", "--output", "jsonl", "--threads", "5"], &log);
        assert!(!one.stdout.is_empty(), "{format}: {}", text(&one.stderr));
        assert!(one.stdout == many.stdout, "{format}");
    }
}

#[test]
fn every_model_judges_every_kind_of_log_in_its_own_way_and_says_why() {
    for format in ["service", "combined", "csv"] {
        let log = generated(format, "3000", None);
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for model in ["ensemble", "autoencoder", "isolation_forest", "kmeans", "novelty"] {
            for fit in ["pretrained", "file"] {
                let arguments = ["analyze", "-", "--output", "jsonl", "--model", model, "--fit", fit, "--threads"];
                let run = |threads: &str| radar(&[&arguments[..], &[threads]].concat(), &log);
                let out = run("1");
                assert!(out.status.code() < Some(2), "{format} {model} {fit}: {}", text(&out.stderr));
                assert!(out.stdout == run("3").stdout, "{format} {model} {fit}");
                let findings: Vec<Value> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert!((1..900).contains(&findings.len()), "{format} {model} {fit}: {}", findings.len());
                for finding in &findings {
                    assert_eq!(finding["model"], model);
                    assert!(!finding["reasons"].as_array().unwrap().is_empty(), "{finding}");
                }
                // Novelty alone has nothing to fit.
                let is_known = seen.contains(&out.stdout);
                assert_eq!(is_known, model == "novelty" && fit == "file", "{format} {model} {fit}");
                seen.push(out.stdout);
            }
        }
    }
}

#[test]
fn a_trained_model_takes_the_place_of_the_one_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("usual.log");
    std::fs::write(&log, generated("service", "4000", None)).unwrap();
    let model = folder.path().join("model");
    let (log, model) = (log.to_str().unwrap(), model.to_str().unwrap());
    let train = |seed: &str| radar(&["train", "--input", log, "--kind", "isolation_forest", "--out", model, "--seed", seed], b"");
    let said = train("3");
    assert!(said.status.success(), "{}", text(&said.stderr));
    let bytes = std::fs::read(Path::new(model).join("model.onnx")).unwrap();
    train("3");
    assert!(std::fs::read(Path::new(model).join("model.onnx")).unwrap() == bytes);

    let analyze =
        |more: &[&str]| radar(&[&["analyze", log, "--model", "isolation_forest", "--output", "jsonl"], more].concat(), b"");
    let (own, shipped) = (analyze(&["--models", model]), analyze(&[]));
    assert!(own.status.code() < Some(2), "{}", text(&own.stderr));
    assert!(own.stdout != shipped.stdout);

    let requests = generated("combined", "500", None);
    let out = radar(&["analyze", "-", "--models", model], &requests);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("reads event, which is not what this input holds"), "{}", text(&out.stderr));
    std::fs::write(Path::new(model).join("model.onnx"), &bytes[1..]).unwrap();
    let out = analyze(&["--models", model]);
    assert!(text(&out.stderr).contains("`onnx_sha256` in manifest.json should be"), "{}", text(&out.stderr));
}

#[test]
fn most_injected_attacks_are_found_and_each_finding_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels");
    let log = generated("combined", "20000", Some(&labels));
    let attacks = std::fs::read_to_string(&labels).unwrap().lines().count();
    let found = radar(&["analyze", "-", "--output", "jsonl", "--min-severity", "high"], &log);
    assert_eq!(found.status.code(), Some(1), "{}", text(&found.stderr));
    let findings: Vec<Value> = text(&found.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(findings.len() * 10 > attacks * 8 && findings.len() < attacks * 11 / 10, "{} of {attacks}", findings.len());
    for finding in findings {
        assert!(!finding["reasons"].as_array().unwrap().is_empty(), "{finding}");
        assert!(finding["event"]["http"]["uri"].is_string(), "{finding}");
        assert!(finding["template"].as_str().is_some_and(|template| template.contains(" /")), "{finding}");
    }
}

#[test]
fn a_file_a_pipe_and_an_archive_are_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    let log = generated("service", "3000", None);
    let plain = folder.path().join("service.log");
    std::fs::write(&plain, &log).unwrap();
    let packed = folder.path().join("service.log.gz");
    let mut gzip = flate2::write::GzEncoder::new(std::fs::File::create(&packed).unwrap(), flate2::Compression::fast());
    gzip.write_all(&log).unwrap();
    gzip.finish().unwrap();
    let findings = |argument: &str| {
        let out = radar(&["analyze", argument, "--output", "jsonl"], if argument == "-" { &log } else { b"" });
        let lines: Vec<(Value, Value)> = text(&out.stdout)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|finding| (finding["line"].clone(), finding["score"].clone()))
            .collect();
        assert!(!lines.is_empty(), "{}", text(&out.stderr));
        lines
    };
    let from_file = findings(plain.to_str().unwrap());
    assert_eq!(from_file, findings("-"));
    assert_eq!(from_file, findings(packed.to_str().unwrap()));
}

#[test]
fn a_clean_log_ends_with_0_a_finding_with_1_and_an_error_with_2() {
    let calm: String =
        (0..3000).map(|at| format!("2026-03-02 08:{:02}:{:02} [INFO] a - job {at} done\n", at / 60 % 60, at % 60)).collect();
    let check = |arguments: &[&str], input: &[u8], code| {
        let out = radar(arguments, input);
        assert_eq!(out.status.code(), Some(code), "{arguments:?}: {}", text(&out.stderr));
        text(&out.stderr)
    };
    check(&["analyze", "-"], calm.as_bytes(), 0);
    check(&["analyze", "-"], b"", 0);
    let log = generated("service", "3000", None);
    check(&["analyze", "-"], &log, 1);
    check(&["analyze", "-", "--fail-on", "low"], &log, 1);
    assert!(check(&["analyze", "no-such-file"], b"", 2).contains("no-such-file can't be opened"));
    assert!(check(&["analyze", "/"], b"", 2).contains("is a folder"));
    check(&["analyze", "-", "--format", "nonsense"], b"", 2);
    check(&["analyze", "-", "--min-severity", "dreadful"], b"", 2);
}

#[test]
fn bad_records_are_counted_and_the_first_are_shown() {
    let log = generated("csv", "2000", None);
    let damaged = [log.as_slice(), b"only,three,cells\n".repeat(15).as_slice()].concat();
    let out = radar(&["analyze", "-", "--format", "csv", "--output", "jsonl"], &damaged);
    let said = text(&out.stderr);
    assert!(said.contains("2000 records") || said.contains("2015 records"), "{said}");
    assert!(said.lines().filter(|line| line.contains("expected")).count() <= 10, "{said}");
}

#[test]
fn requests_are_requests_in_a_table_too() {
    let row =
        |at: usize| format!("2026-03-02T08:{:02}:{:02}Z,10.0.0.{},GET,/shop/item?id={at},200\n", at / 60 % 60, at % 60, at % 50);
    let mut table = String::from("time,client_ip,method,url,status\n");
    table.extend((0..1000).map(row));
    table += "2026-03-02T08:30:00Z,10.0.0.9,GET,/shop/item?id=1%27%20OR%20%271%27=%271,200\n";
    let out = radar(&["analyze", "-", "--output", "jsonl", "--min-severity", "high"], table.as_bytes());
    let findings: Vec<Value> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), 1, "{}", text(&out.stderr));
    assert_eq!(findings[0]["reasons"][0]["code"], "sql_injection", "{}", findings[0]);
}

#[test]
fn what_is_no_request_in_a_log_of_requests_is_judged_too() {
    let request = |at: usize| {
        let (minute, second) = (at / 60 % 60, at % 60);
        format!("10.0.0.{} - - [02/Mar/2026:08:{minute:02}:{second:02} +0000] \"GET /item/{at} HTTP/1.1\" 200 5120\n", at % 90)
    };
    // An error log tells of requests in sentences, which are lines.
    let sentence = |at: usize| {
        let (minute, second) = (at / 60 % 60, at % 60);
        let start = format!("2026/03/02 08:{minute:02}:{second:02} [error] 7#7: *{at} open() \"/var/www/a.png\" failed");
        format!("{start} (2: No such file), client: 10.0.0.{}, request: \"GET /a.png HTTP/1.1\"\n", at % 90)
    };
    let log = (0..1500).map(sentence).collect::<String>() + "2026/03/02 08:40:00 [emerg] 7#7: bind() to 0.0.0.0:443 failed\n";
    let out = radar(&["analyze", "-", "--output", "jsonl", "--top", "1"], log.as_bytes());
    let finding: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    assert_eq!(finding["line"].as_u64(), Some(1501), "{} {}", text(&out.stdout), text(&out.stderr));
    let requests: String = (0..1500).map(request).collect();
    let out = radar(&["analyze", "-", "--output", "jsonl", "--min-severity", "safe"], requests.as_bytes());
    assert_eq!(text(&out.stdout).lines().count(), 1500, "{}", text(&out.stderr));
}

#[test]
fn a_mask_says_what_varies() {
    let line = |at: usize| format!("2026-03-02 08:{:02}:{:02} worker: took over shard {}\n", at / 60, at % 60, name(at));
    // Words without a digit, which are no variables by themselves.
    fn name(at: usize) -> String {
        let letter = |of: usize| char::from(b'a' + (of % 26) as u8);
        format!("zone-{}{}{}", letter(at), letter(at / 3), letter(at * 7))
    }
    let mut log: String = (0..900).map(line).collect();
    log += "2026-03-02 09:00:00 worker: lost shard zone-xyz\n";
    let out = radar(&["analyze", "-", "--mask", "zone=zone-*", "--output", "jsonl"], log.as_bytes());
    let findings: Vec<Value> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), 1, "{}", text(&out.stdout));
    assert!(findings[0]["template"].as_str().unwrap().ends_with("lost shard <*>"), "{}", findings[0]);
    assert_eq!(radar(&["analyze", "-", "--mask", "zone"], log.as_bytes()).status.code(), Some(2));
}

#[test]
fn sessions_are_judged_against_a_baseline() {
    let session = |number: usize, steps: &[&str]| -> String {
        steps.iter().map(|step| format!("2026-03-02 08:00:00 INFO worker: {step} blk_{number}\n")).collect()
    };
    let usual: String = (0..300).map(|number| session(number, &["received block", "stored block", "verified block"])).collect();
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.log");
    std::fs::write(&baseline, &usual).unwrap();
    let later = session(900, &["received block", "stored block", "verified block"])
        + &session(901, &["received block", "checksum does not match for block"]);
    let arguments = ["analyze", "-", "--baseline", baseline.to_str().unwrap(), "--group-by", r"blk_\d+", "--output", "jsonl"];
    let out = radar(&arguments, later.as_bytes());
    let findings: Vec<Value> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), 1, "{} {}", text(&out.stdout), text(&out.stderr));
    assert!(findings[0]["event"]["message"].as_str().unwrap().contains("blk_901"), "{}", findings[0]);
    // The same session goes on in a second file, at the same line there.
    let second = folder.path().join("second.log");
    let first = folder.path().join("first.log");
    std::fs::write(&first, session(900, &["received block", "stored block"]) + &session(901, &["received block"])).unwrap();
    std::fs::write(&second, session(900, &["verified block"]) + "\n" + &session(901, &["checksum does not match for block"]))
        .unwrap();
    let files = [first.to_str().unwrap(), second.to_str().unwrap()];
    let out = radar(&[&["analyze"], &files[..], &arguments[2..]].concat(), b"");
    let found: Vec<Value> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 1, "{}", text(&out.stdout));
    assert_eq!((found[0]["line"].as_u64(), found[0]["file"].as_str()), (Some(3), Some(files[1])));

    // Not the forest: it is blind to what was constant in its training.
    for model in ["autoencoder", "kmeans"] {
        let out = radar(&[&arguments[..], &["--model", model, "--top", "1"]].concat(), later.as_bytes());
        let finding: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
        assert!(finding["event"]["message"].as_str().unwrap_or_default().contains("blk_901"), "{model}: {}", text(&out.stderr));
    }
}
