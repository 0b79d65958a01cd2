//! Words and phrases that say something of a message, found in one pass.
//!
//! A message is folded first: lower case, percent-escapes decoded (twice, since attacks like to
//! hide that way), a plus read as a space. Patterns that begin with a letter or digit match only
//! where a word begins.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// Something did not work.
    Trouble,
    /// Somebody tries to get in, or runs what is used for that.
    Attack,
    /// Traces or defences are removed.
    Tampering,
    /// A logon that was refused.
    RefusedLogon,
    /// A logon that succeeded.
    Logon,
    /// An account that may do everything.
    Administrator,
}

use Topic::{Administrator, Attack, Logon, RefusedLogon, Tampering, Trouble};

const PATTERNS: [(&[u8], Topic); 111] = [
    (b"error", Trouble),
    (b"failed", Trouble),
    (b"failure", Trouble),
    (b"exception", Trouble),
    (b"panic", Trouble),
    (b"fatal", Trouble),
    (b"traceback", Trouble),
    (b"stack trace", Trouble),
    (b"segfault", Trouble),
    (b"segmentation", Trouble),
    (b"core dumped", Trouble),
    (b"corrupt", Trouble),
    (b"out of memory", Trouble),
    (b"oom-kill", Trouble),
    (b"oom_", Trouble),
    (b"killed process", Trouble),
    (b"bad block", Trouble),
    (b"bad sector", Trouble),
    (b"i/o error", Trouble),
    (b"medium error", Trouble),
    (b"unrecovered", Trouble),
    (b"read-only", Trouble),
    (b"denied", Trouble),
    (b"refused", Trouble),
    (b"rejected", Trouble),
    (b"timed out", Trouble),
    (b"timeout", Trouble),
    (b"unreachable", Trouble),
    (b"unavailable", Trouble),
    (b"crash", Trouble),
    (b"aborted", Trouble),
    (b"unexpected", Trouble),
    (b"unable to", Trouble),
    (b"cannot", Trouble),
    (b"could not", Trouble),
    (b"deadlock", Trouble),
    (b"terminated", Trouble),
    (b"exceeded", Trouble),
    (b"union select", Attack),
    (b"union all select", Attack),
    (b"or 1=1", Attack),
    (b"or '1'='1", Attack),
    (b"' or '", Attack),
    (b"'--", Attack),
    (b"sleep(", Attack),
    (b"benchmark(", Attack),
    (b"waitfor delay", Attack),
    (b"information_schema", Attack),
    (b"drop table", Attack),
    (b"xp_cmdshell", Attack),
    (b"load_file(", Attack),
    (b"<script", Attack),
    (b"javascript:", Attack),
    (b"onerror=", Attack),
    (b"onload=", Attack),
    (b"document.cookie", Attack),
    (b"../..", Attack),
    (b"..\\..", Attack),
    (b"/etc/passwd", Attack),
    (b"/etc/shadow", Attack),
    (b"win.ini", Attack),
    (b"boot.ini", Attack),
    (b"/proc/self", Attack),
    (b"${jndi:", Attack),
    (b"{{7*7", Attack),
    (b"php://", Attack),
    (b"<!entity", Attack),
    (b";wget ", Attack),
    (b"|nc ", Attack),
    (b"/dev/tcp/", Attack),
    (b"bash -i", Attack),
    (b"cmd=", Attack),
    (b"sqlmap", Attack),
    (b"nikto", Attack),
    (b"mimikatz", Attack),
    (b"sekurlsa", Attack),
    (b"-encodedcommand", Attack),
    (b"-enc ", Attack),
    (b"frombase64string", Attack),
    (b"downloadstring", Attack),
    (b"downloadfile", Attack),
    (b"invoke-expression", Attack),
    (b"iex(", Attack),
    (b"iex (", Attack),
    (b"-w hidden", Attack),
    (b"-windowstyle hidden", Attack),
    (b"log was cleared", Tampering),
    (b"log file was cleared", Tampering),
    (b"clear-eventlog", Tampering),
    (b"wevtutil cl", Tampering),
    (b"delete shadows", Tampering),
    (b"disablerealtimemonitoring", Tampering),
    (b"protection is disabled", Tampering),
    (b"auditing was disabled", Tampering),
    (b"history -c", Tampering),
    (b"setenforce 0", Tampering),
    (b"failed to log on", RefusedLogon),
    (b"failed password", RefusedLogon),
    (b"failed login", RefusedLogon),
    (b"login failed", RefusedLogon),
    (b"logon failure", RefusedLogon),
    (b"authentication failure", RefusedLogon),
    (b"invalid credentials", RefusedLogon),
    (b"invalid user", RefusedLogon),
    (b"successfully logged on", Logon),
    (b"session opened", Logon),
    (b"accepted password", Logon),
    (b"accepted publickey", Logon),
    (b"logged in", Logon),
    (b"administrator", Administrator),
    (b"root", Administrator),
];

/// Sets of patterns as bits, by the first and the second byte of the pattern.
static STARTS: [[u128; 256]; 2] = [patterns_with_byte(0), patterns_with_byte(1)];

const fn patterns_with_byte(position: usize) -> [u128; 256] {
    let mut sets = [0; 256];
    let mut index = 0;
    while index < PATTERNS.len() {
        sets[PATTERNS[index].0[position] as usize] |= 1 << index;
        index += 1;
    }
    sets
}

/// The patterns that a message holds, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found(u128);

impl Found {
    pub(crate) fn in_message(message: &str) -> Self {
        let folded = fold(message);
        let mut found = 0_u128;
        let mut is_in_word = false;
        for (offset, pair) in folded.windows(2).enumerate() {
            let is_word_byte = pair[0].is_ascii_alphanumeric();
            if !(is_word_byte && is_in_word) {
                let mut candidates = STARTS[0][usize::from(pair[0])] & STARTS[1][usize::from(pair[1])] & !found;
                while candidates != 0 {
                    let index = candidates.trailing_zeros();
                    candidates &= candidates - 1;
                    if folded[offset..].starts_with(PATTERNS[index as usize].0) {
                        found |= 1 << index;
                    }
                }
            }
            is_in_word = is_word_byte;
        }
        Self(found)
    }

    /// The patterns of a topic, in the order of their table.
    pub(crate) fn of(self, topic: Topic) -> impl Iterator<Item = &'static str> {
        let is_found = move |(index, (_, of)): &(usize, &(&[u8], Topic))| *of == topic && self.0 >> index & 1 == 1;
        PATTERNS.iter().enumerate().filter(is_found).map(|(_, (pattern, _))| str::from_utf8(pattern).unwrap_or_default())
    }

    pub(crate) fn count(self, topic: Topic) -> usize {
        if self.0 == 0 { 0 } else { self.of(topic).count() }
    }

    pub(crate) fn has(self, topic: Topic) -> bool {
        self.count(topic) > 0
    }
}

fn fold(message: &str) -> Vec<u8> {
    let mut bytes = message.as_bytes().to_ascii_lowercase();
    for _ in 0..2 {
        if !bytes.contains(&b'%') {
            break;
        }
        decode_percent(&mut bytes);
    }
    for byte in &mut bytes {
        if *byte == b'+' {
            *byte = b' ';
        }
    }
    bytes
}

/// Decodes the escapes in place; what is none stays as it is.
fn decode_percent(bytes: &mut Vec<u8>) {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8);
    let (mut from, mut to) = (0, 0);
    while from < bytes.len() {
        let escaped = match bytes[from] {
            b'%' => digit(bytes.get(from + 1)).zip(digit(bytes.get(from + 2))),
            _ => None,
        };
        bytes[to] = escaped.map_or(bytes[from], |(high, low)| (high * 16 + low).to_ascii_lowercase());
        from += if escaped.is_some() { 3 } else { 1 };
        to += 1;
    }
    bytes.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, topic: Topic, expected: &[&str]) {
        let found: Vec<&str> = Found::in_message(message).of(topic).collect();
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn words_match_where_they_begin_and_in_any_case() {
        check("Disk ERROR: read failed, failed again", Trouble, &["error", "failed"]);
        check("terror and unfailed", Trouble, &[]);
        check("errors", Trouble, &["error"]);
        check("error", Trouble, &["error"]);
        check("", Trouble, &[]);
    }

    #[test]
    fn attacks_are_found_behind_their_escapes() {
        check("GET /a?id=1%20UNION%20SELECT%20x", Attack, &["union select"]);
        check("GET /a?id=1+union+select+x", Attack, &["union select"]);
        check("GET /%252e%252e/%252e%252e/etc/passwd", Attack, &["../..", "/etc/passwd"]);
        check("100% of %zz and %4", Attack, &[]);
        check("powershell -nop -EncodedCommand aQBlAHgA", Attack, &["-encodedcommand"]);
    }

    #[test]
    fn every_pattern_is_found_in_itself() {
        for (pattern, topic) in PATTERNS {
            let text = str::from_utf8(pattern).unwrap();
            assert!(Found::in_message(text).of(topic).any(|found| found == text), "{text}");
        }
    }
}
