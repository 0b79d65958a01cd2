use std::borrow::Cow;

use radar_types::Timestamp;

use super::*;

fn request<'a>(uri: &'a str, line: u64) -> Record<'a> {
    let http = Http {
        method: Cow::Borrowed("GET"),
        uri: Cow::Borrowed(uri),
        protocol: Cow::Borrowed("HTTP/1.1"),
        status: Some(200),
        bytes: Some(2000 + line % 100),
        referrer: None,
        user_agent: Some(Cow::Borrowed("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")),
        response_millis: None,
    };
    let time = Timestamp::saturating_from_unix_millis(1_760_000_000_000 + line as i64 * 1000);
    let address = Cow::Owned(format!("10.0.{}.{}", line % 7, line % 50));
    Record { line, http: Some(http), time: Some(time), address: Some(address), ..Record::default() }
}

/// A small shop's traffic.
fn uris() -> Vec<String> {
    (0..3000)
        .map(|at| match at % 4 {
            0 => format!("/shop/item?id={}&color={}", at % 90, ["red", "blue"][at % 2]),
            1 => "/shop/cart".to_owned(),
            2 => format!("/shop/search?q={}", ["boots", "winter+coat", "hat", "caf%C3%A9"][at % 3]),
            _ => "/".to_owned(),
        })
        .collect()
}

fn verdicts(records: &[Record<'_>], block: usize) -> Vec<Verdict> {
    let mut requests = Requests::new();
    for block in records.chunks(block) {
        let summary = requests.summarise(block);
        requests.absorb(summary);
    }
    requests.settle();
    records.chunks(block).flat_map(|block| requests.judge(block)).collect()
}

#[test]
fn usual_requests_are_quiet() {
    let uris = uris();
    let records: Vec<Record<'_>> = uris.iter().zip(0..).map(|(uri, line)| request(uri, line)).collect();
    for (verdict, uri) in verdicts(&records, 500).iter().zip(&uris) {
        assert!(verdict.score < 0.5, "{uri}: {verdict:?}");
    }
}

#[test]
fn what_is_wrong_is_found_and_said() {
    let cases = [
        ("/shop/item?id=1%27%20or%201=1--&color=red", "sql_injection", "Parameter `id` holds SQL: `1' or 1=1--`"),
        ("/shop/..%2f..%2fetc/passwd", "sensitive_file", "The path holds a sensitive file: `/shop/../../etc/passwd`"),
        ("/shop/item?idX=5&color=red", "rare_parameter", "Parameter `idX` was seen once in 1500 requests on this page"),
        (
            "/shop/item?id=abc&color=red",
            "unusual_value",
            "Parameter `id` holds `abc`; such characters were seen once in 751 requests there",
        ),
    ];
    for (uri, code, text) in cases {
        let uris = uris();
        let mut records: Vec<Record<'_>> = uris.iter().zip(0..).map(|(uri, line)| request(uri, line)).collect();
        records.push(request(uri, 3000));
        let verdicts = verdicts(&records, 500);
        let last = &verdicts[3000];
        assert!(last.score >= 0.5, "{uri}: {last:?}");
        let told = last.reasons.iter().find(|reason| reason.code == code);
        assert!(told.is_some_and(|reason| reason.text.starts_with(text) || code == "rare_parameter"), "{uri}: {last:?}");
    }
}

#[test]
fn guessed_passwords_are_a_burst() {
    let uris = uris();
    let mut records: Vec<Record<'_>> = uris.iter().zip(0..).map(|(uri, line)| request(uri, line)).collect();
    for line in 0..40 {
        let mut guess = request("/login", 3000 + line / 10);
        guess.address = Some(Cow::Borrowed("192.0.2.9"));
        if let Some(http) = &mut guess.http {
            http.method = Cow::Borrowed("POST");
            http.status = Some(401);
        }
        records.push(guess);
    }
    let verdicts = verdicts(&records, 500);
    for verdict in &verdicts[3000..] {
        assert!(verdict.score >= 0.7 && verdict.reasons.iter().any(|reason| reason.code == "error_burst"), "{verdict:?}");
    }
}

#[test]
fn neither_blocks_nor_their_work_order_change_a_verdict() {
    let uris = uris();
    let records: Vec<Record<'_>> = uris.iter().zip(0..).map(|(uri, line)| request(uri, line)).collect();
    assert_eq!(verdicts(&records, 100), verdicts(&records, 3000));
}

#[test]
fn nothing_is_said_of_what_is_no_request() {
    let records = [Record::default()];
    assert_eq!(verdicts(&records, 1), [Verdict::default()]);
    assert_eq!(verdicts(&[], 1), []);
}

#[test]
fn no_request_stops_the_analysis() {
    let mut random = crate::random::SplitMix64::new(3);
    let alphabet: Vec<char> = "/?&=%.;+'\"<>$_{}()a1:\u{0}\u{f1}\u{202e}".chars().collect();
    let uris: Vec<String> = (0..3000).map(|_| (0..random.below(120)).map(|_| *random.pick(&alphabet)).collect()).collect();
    let mut records: Vec<Record<'_>> = uris.iter().zip(0..).map(|(uri, line)| request(uri, line)).collect();
    for (record, uri) in records.iter_mut().zip(&uris) {
        if let Some(http) = &mut record.http {
            http.method = Cow::Borrowed(uri);
            http.user_agent = Some(Cow::Borrowed(uri));
            http.referrer = Some(Cow::Borrowed(uri));
            http.bytes = Some(u64::MAX);
        }
        record.fields.push((Cow::Borrowed("Body"), Cow::Borrowed(uri)));
    }
    for verdict in verdicts(&records, 1000) {
        assert!((0.0..=1.0).contains(&verdict.score) && (verdict.score < 0.5 || !verdict.reasons.is_empty()), "{verdict:?}");
        for reason in verdict.reasons {
            assert!(!reason.text.contains(['\u{0}', '\u{202e}']), "{reason:?}");
        }
    }
}
