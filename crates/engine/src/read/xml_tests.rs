use radar_types::Timestamp;

use super::*;
use crate::random::SplitMix64;
use crate::read::time::Order;

const EVENT: &str = r#"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Auditing' Guid='{1}'/><EventID Qualifiers='0'>4625</EventID><Level>0</Level><Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-03-01T08:30:00.5000000Z'/><EventRecordID>7</EventRecordID><Execution ProcessID='4' ThreadID='8'/><Channel>Security</Channel><Computer>ws-1</Computer></System>
<EventData><Data Name='TargetUserName'>ann &amp; bob&#33;</Data><Data Name='IpAddress'>10.0.0.9</Data><Data>x</Data><Data Name='Empty'></Data></EventData></Event>"#;

fn read(text: &str) -> Records<'_> {
    let mut out = Records::default();
    records(text.as_bytes(), 1, Clock::new(Timestamp::saturating_from_unix_millis(0), Order::default()), &mut out);
    out
}

#[test]
fn an_event_gives_its_parts() {
    let out = read(EVENT);
    assert_eq!(out.rejects, []);
    let record = &out.records[0];
    assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2026-03-01T08:30:00.500Z"));
    assert_eq!((&*record.hostname, &*record.source, &*record.level), ("ws-1", "Auditing", "Audit Failure"));
    assert_eq!((record.channel.as_deref(), record.record_id.as_deref()), (Some("Security"), Some("7")));
    assert_eq!((record.user.as_deref(), record.address.as_deref()), (Some("ann & bob!"), Some("10.0.0.9")));
    assert_eq!(record.message, "EventID 4625 Auditing: TargetUserName=ann & bob! IpAddress=10.0.0.9 Data=x");
    assert!(record.fields.contains(&("ProcessID".into(), "4".into())), "{:?}", record.fields);
}

#[test]
fn what_the_viewer_rendered_is_preferred() {
    let rendering = "<RenderingInfo Culture='en-US'><Message>It was refused.</Message><Level>Information</Level><Task>Logon</Task></RenderingInfo></Event>";
    let text = EVENT.replace("0x8010000000000000", "0x0").replace("</Event>", rendering);
    let out = read(&text);
    let record = &out.records[0];
    assert_eq!((&*record.message, &*record.level), ("It was refused.", "Information"));
    assert!(record.fields.contains(&("RenderingInfo.Task".into(), "Logon".into())), "{:?}", record.fields);
}

#[test]
fn events_are_counted_by_their_lines_and_a_broken_one_costs_itself() {
    let broken = EVENT.replace("</System>", "");
    let text = format!("<?xml version='1.0'?>\n<Events>\n{EVENT}\n{broken}{EVENT}\n<Event ><System>{EVENT}</Events>\n");
    let out = read(&text);
    assert_eq!(out.records.iter().map(|record| record.line).collect::<Vec<_>>(), [3, 6, 8]);
    assert_eq!(out.rejects.iter().map(|reject| reject.line).collect::<Vec<_>>(), [5, 8]);
}

#[test]
fn entities_are_not_defined_here() {
    let check = |content: &str, found: &str| {
        let text = format!("<Event ><System><Computer>{content}</Computer></System></Event>");
        assert_eq!(read(&text).rejects.iter().map(|reject| &*reject.found).collect::<Vec<_>>(), [found], "{content}");
    };
    check("&bomb;", "the unknown entity 'bomb'");
    check("<!DOCTYPE x [<!ENTITY a 'b'>]>", "a document type");
    check(&"<a>".repeat(100), "more than 64 elements inside each other");
}

#[test]
fn only_windows_events_are_taken_for_them() {
    assert!(sniff(EVENT.as_bytes()) && sniff(format!("<?xml version='1.0'?>\n<Events>{EVENT}").as_bytes()));
    assert!(!sniff(b"<13>Mar 1 08:00:00 host app: x") && !sniff(b"<Events></Events>") && !sniff(b""));
    assert_eq!(cut(format!("{EVENT}\n<Event >").as_bytes()), EVENT.len());
}

#[test]
fn damaged_events_never_panic() {
    let mut random = SplitMix64::new(2);
    for _ in 0..3000 {
        let mut bytes = format!("{EVENT}\n{EVENT}").into_bytes();
        for _ in 0..=random.below(5) {
            let offset = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[offset] = random.next_u64() as u8,
                1 => bytes.truncate(offset + 1),
                _ => bytes.insert(offset, *random.pick(b"<>&;'\"/")),
            }
        }
        let mut out = Records::default();
        records(&bytes, 1, Clock::new(Timestamp::saturating_from_unix_millis(0), Order::default()), &mut out);
        assert!(cut(&bytes) <= bytes.len());
    }
}

/// Looked for anew behind each beginning, the one end would be passed over for hours.
#[test]
fn the_end_of_events_is_looked_for_once() {
    let bytes = ["<Event>".repeat(2 << 20), "<System/></Event>".into()].concat();
    let mut out = Records::default();
    records(bytes.as_bytes(), 1, Clock::new(Timestamp::MIN, Order::default()), &mut out);
    assert_eq!((out.rejects.len(), out.records.len()), ((2 << 20) - 1, 1));
}
