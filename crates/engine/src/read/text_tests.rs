use super::*;
use crate::read::time::Order;

fn check(line: &str, expected: &str) {
    let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
    let mut record = Record::default();
    read(line, clock.find(line.as_bytes()), &clock, &mut record);
    let mut described = record.time.map_or("-".into(), |time| time.to_string());
    described += &format!(" {}/{}/{} <{}>", record.hostname, record.source, record.level, record.message);
    for (name, value) in [("user", record.user), ("address", record.address)] {
        described += &value.map_or_else(String::new, |value| format!(" {name}={value}"));
    }
    if let Some(http) = record.http {
        described += &format!(" {} {} {:?}", http.method, http.uri, http.status);
    }
    for (name, value) in record.fields {
        described += &format!(" {name}={value}");
    }
    assert_eq!(described, expected, "{line}");
}

#[test]
fn headers_of_many_programs() {
    check("081109 203615 148 INFO dfs.Node$Part: block done", "2008-11-09T20:36:15.000Z /dfs.Node$Part/INFO <block done> pid=148");
    check(
        "2026-11-03 12:00:01,978 INFO [main] org.example.App: up",
        "2026-11-03T12:00:01.978Z /org.example.App/INFO <up> thread=main",
    );
    check("2026-11-03 12:00:01,978 WARN [a b] org.example.App: up", "2026-11-03T12:00:01.978Z /org.example.App/WARN <up>");
    check("2026-11-03 12:00:01,7 - INFO  [main:Manager@12] - up", "2026-11-03T12:00:01.700Z /Manager/INFO <up>");
    check(
        "[2026-11-03 12:00:01,222] TRACE [C 0]: up (a.b.Loud)",
        "2026-11-03T12:00:01.222Z /a.b.Loud/TRACE <[C 0]: up (a.b.Loud)>",
    );
    check("20261103-12:00:01:606|Step|300|up 7", "2026-11-03T12:00:01.606Z /Step/ <up 7> pid=300");
    check("2026-11-03 12:00:01.2|Warn|Auth|down", "2026-11-03T12:00:01.200Z /Auth/Warn <down>");
    check("[10.30 16:49:06] app.exe - host:80 open", "2026-10-30T16:49:06.000Z /app.exe/ <host:80 open>");
    check("W0311 10:58:01.123456 1 a.cc:3] slow", "2026-03-11T10:58:01.123Z //WARN <a.cc:3] slow> pid=1");
    check("[Thu Jun 09 06:07:04 2005] [notice] up", "2005-06-09T06:07:04.000Z //notice <up>");
    check("2026-11-03 12:00:01.1 9 INFO a.b.server [x - -] up", "2026-11-03T12:00:01.100Z /a.b.server/INFO <[x - -] up> pid=9");
    check("[2026-11-03 12:00:01.219][a::b][ERROR] no", "2026-11-03T12:00:01.219Z /a::b/ERROR <no>");
    check("web-1  | 2026-11-03T12:00:01Z up again", "2026-11-03T12:00:01.000Z /web-1/ <up again>");
    check("ERROR: [Jul  2 05:05:24.643] no", "2026-07-02T05:05:24.643Z //ERROR <no>");
    check("2026/11/03 12:00:01 [error] 29#30: *17 no", "2026-11-03T12:00:01.000Z //error <no> pid=29");
    check("10.0.0.9 2026-11-03 12:00:01 UTC [9] LOG:  up", "2026-11-03T12:00:01.000Z //LOG <up> address=10.0.0.9 pid=9");
}

#[test]
fn lines_that_a_collector_dated() {
    check(
        "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL INFO ok",
        "2005-06-03T22:42:50.000Z R02-M1//INFO <RAS KERNEL INFO ok>",
    );
    check(
        "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[9]: closed",
        "2005-11-09T20:01:01.000Z dn228/crond/ <closed> pid=9",
    );
}

#[test]
fn pairs_become_fields_and_what_they_name() {
    check(
        r#"time="2026-11-03T12:00:01Z" level=error msg="no \"way\"" user=mia remote_ip=10.0.0.9 n=3"#,
        r#"2026-11-03T12:00:01.000Z //error <no "way"> user=mia address=10.0.0.9 n=3"#,
    );
    check("2026-11-03 12:00:01 done a=1, b=two", "2026-11-03T12:00:01.000Z // <done a=1, b=two> a=1 b=two");
    check("if x == 3 then y=>4", "- // <if x == 3 then y=>4>");
}

#[test]
fn requests_among_other_things() {
    check(
        r#"[2026-11-03 12:00:01] 10.0.0.9:0 - "POST /x HTTP/1.1" 401"#,
        r#"2026-11-03T12:00:01.000Z // <10.0.0.9:0 - "POST /x HTTP/1.1" 401> address=10.0.0.9 POST /x Some(401)"#,
    );
}

#[test]
fn lines_without_anything_are_messages() {
    check("hello", "- // <hello>");
    check("2026-11-03 12:00:01", "2026-11-03T12:00:01.000Z // <>");
    check("error: no such file", "- //error <no such file>");
}

#[test]
fn only_colours_are_taken_out() {
    assert_eq!(without_escapes("\u{1b}[31;1mred\u{1b}[0m"), "red");
    assert_eq!(without_escapes("a\u{1b}[2Jb\u{1b}]0;t\u{7}c\u{1b}["), "a\u{1b}[2Jb\u{1b}]0;t\u{7}c\u{1b}[");
}

#[test]
fn requests_without_quotes() {
    check(
        "[03/Nov/2026:12:00:01 +0000] mia http-nio-80-exec-1 10.0.0.9 GET /a?b=c HTTP/1.1 200 46ms 12 http://x/ An Agent (1.0)",
        "2026-11-03T12:00:01.000Z // <mia http-nio-80-exec-1 10.0.0.9 GET /a?b=c HTTP/1.1 200 46ms 12 http://x/ An Agent (1.0)> address=10.0.0.9 GET /a?b=c Some(200)",
    );
    check("2026-11-03 12:00:01 we speak HTTP/1.1 now", "2026-11-03T12:00:01.000Z // <we speak HTTP/1.1 now>");
    check("HTTP/", "- // <HTTP/>");
    check(" HTTP/", "- // <HTTP/>");
}
