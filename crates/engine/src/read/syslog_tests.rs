use super::*;
use crate::read::time::Order;

fn check(line: &str, expected: &str) {
    let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
    let described = record(line, &clock).map_or("none".into(), |record| {
        let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let time = record.time.map_or("-".into(), |time| time.to_string());
        let (user, address) = (record.user.unwrap_or_default(), record.address.unwrap_or_default());
        let place = format!("{}/{}/{}", record.hostname, record.source, record.level);
        format!("{time} {place} <{}> {user}@{address} {}", record.message, fields.join(","))
    });
    assert_eq!(described, expected, "{line}");
}

#[test]
fn the_classic_form_with_and_without_priority() {
    check("Nov  3 12:00:01 web sshd[71]: hello", "2026-11-03T12:00:01.000Z web/sshd/ <hello> @ pid=71");
    check("<34>Nov  3 12:00:01 web su: hello", "2026-11-03T12:00:01.000Z web/su/crit <hello> @ ");
    check("Nov  3 12:00:01 web kernel: [12.5] eth0: up", "2026-11-03T12:00:01.000Z web/kernel/ <[12.5] eth0: up> @ ");
    check("Nov  3 12:00:01 kernel: eth0 up", "2026-11-03T12:00:01.000Z /kernel/ <eth0 up> @ ");
    check("Nov  3 12:00:01 web last message repeated", "2026-11-03T12:00:01.000Z web// <last message repeated> @ ");
    check("Nov  3 12:00:01 mac Big Program[9]: x", "2026-11-03T12:00:01.000Z mac/Big Program/ <x> @ pid=9");
    check("Nov  3 2025 12:00:01 web su: x", "2025-11-03T12:00:01.000Z web/su/ <x> @ ");
    check("2026-11-03T12:00:01.5+01:00 web postfix/smtpd[1]: x", "2026-11-03T11:00:01.500Z web/postfix/smtpd/ <x> @ pid=1");
    check("Nov  3 12:00:01 web app: [Warn] slow", "2026-11-03T12:00:01.000Z web/app/Warn <[Warn] slow> @ ");
}

#[test]
fn users_and_addresses_of_logins() {
    check(
        "Nov  3 12:00:01 web sshd[71]: Failed password for invalid user bob from 10.0.0.9 port 22 ssh2",
        "2026-11-03T12:00:01.000Z web/sshd/ <Failed password for invalid user bob from 10.0.0.9 port 22 ssh2> bob@10.0.0.9 pid=71",
    );
    check(
        "Nov  3 12:00:01 web su: authentication failure; uid=0 rhost=10.0.0.9  user=mia",
        "2026-11-03T12:00:01.000Z web/su/ <authentication failure; uid=0 rhost=10.0.0.9  user=mia> mia@10.0.0.9 uid=0",
    );
    check(
        "Nov  3 12:00:01 web sudo:   eve : TTY=pts/0 ; COMMAND=/bin/ls",
        "2026-11-03T12:00:01.000Z web/sudo/ <eve : TTY=pts/0 ; COMMAND=/bin/ls> eve@ TTY=pts/0,COMMAND=/bin/ls",
    );
}

#[test]
fn the_new_form() {
    check(
        r#"<165>1 2026-11-03T12:00:01.003Z web app 12 ID47 [ex@1 a="b" c="d \"e\" \]"][more] hello"#,
        r#"2026-11-03T12:00:01.003Z web/app/notice <hello> @ pid=12,msgid=ID47,ex@1.a=b,ex@1.c=d "e" ]"#,
    );
    check("<34>1 - - - - - - hello", "- //crit <hello> @ ");
    check("<34>1 2026-11-03T12:00:01Z web app - - - \u{feff}hello", "2026-11-03T12:00:01.000Z web/app/crit <hello> @ ");
    check("<34>1 2026-11-03T12:00:01Z web app - - -", "2026-11-03T12:00:01.000Z web/app/crit <> @ ");
}

#[test]
fn requests_in_the_message_are_read() {
    let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
    let line = r#"Nov  3 12:00:01 web nginx: 10.0.0.9 - - [03/Nov/2026:12:00:00 +0000] "GET /x HTTP/1.1" 404 9"#;
    let record = record(line, &clock).unwrap();
    assert_eq!((&*record.source, &*record.hostname), ("nginx", "web"));
    assert_eq!(record.http.unwrap().status, Some(404));
}

#[test]
fn other_lines_are_refused() {
    for line in [
        "",
        "hello",
        "<34>",
        "<999>Nov  3 12:00:01 web su: x",
        "2026-11-03T12:00:01Z INFO main: x",
        "2026-11-03T12:00:01Z web started",
        "<34>1 2026-11-03T12:00:01Z web app - - [x a=\"b\"",
        "Nov  3 12:00:01",
    ] {
        check(line, "none");
    }
}
