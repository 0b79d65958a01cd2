//! Ways out of a directory, files that nobody should ask for, addresses that a server should not
//! open, and bytes that do not belong into a value.

use super::Place;
use super::lex::{NUMBER, Token, WORD};
use super::rule::{Findings, Rule};
use super::words::{self, HEADER, ROOT_DIRECTORY, SCHEME};

/// Parts of a path and what asking for them means, sorted.
const NAMES: [(&str, Rule); 159] = [
    (".aws", Rule::ConfigurationFile),
    (".bash_history", Rule::ConfigurationFile),
    (".bashrc", Rule::ConfigurationFile),
    (".config", Rule::ProbePageEveryday),
    (".docker", Rule::ConfigurationFile),
    (".ds_store", Rule::ProbePage),
    (".env", Rule::ConfigurationFile),
    (".git", Rule::ConfigurationFile),
    (".git-credentials", Rule::ConfigurationFile),
    (".gitconfig", Rule::ConfigurationFile),
    (".gitignore", Rule::ProbePage),
    (".hg", Rule::ConfigurationFile),
    (".htaccess", Rule::ConfigurationFile),
    (".htpasswd", Rule::ConfigurationFile),
    (".idea", Rule::ProbePage),
    (".kube", Rule::ConfigurationFile),
    (".mysql_history", Rule::ConfigurationFile),
    (".npmrc", Rule::ConfigurationFile),
    (".ssh", Rule::ConfigurationFile),
    (".svn", Rule::ConfigurationFile),
    (".vscode", Rule::ProbePage),
    ("_ignition", Rule::ProbePage),
    ("_profiler", Rule::ProbePage),
    ("access.log", Rule::ProbePage),
    ("actuator", Rule::ProbePage),
    ("admin", Rule::ProbePageEveryday),
    ("admin.php", Rule::ProbePage),
    ("adminer.php", Rule::ProbePage),
    ("administrator", Rule::ProbePageEveryday),
    ("alfa.php", Rule::WebShell),
    ("alfacgiapi", Rule::WebShell),
    ("appsettings.json", Rule::ConfigurationFile),
    ("authorized_keys", Rule::ConfigurationFile),
    ("autodiscover.json", Rule::ProbePage),
    ("aws.yml", Rule::ConfigurationFile),
    ("axis2", Rule::ProbePage),
    ("b374k.php", Rule::WebShell),
    ("backup", Rule::ProbePageEveryday),
    ("backup.sql", Rule::ConfigurationFile),
    ("backup.tar.gz", Rule::ProbePage),
    ("backup.zip", Rule::ProbePage),
    ("boaform", Rule::ProbePage),
    ("boot.ini", Rule::SystemFile),
    ("c99.php", Rule::WebShell),
    ("cgi-bin", Rule::ProbePageEveryday),
    ("cmd.asp", Rule::WebShell),
    ("cmd.aspx", Rule::WebShell),
    ("cmd.exe", Rule::SystemFile),
    ("cmd.jsp", Rule::WebShell),
    ("cmd.php", Rule::WebShell),
    ("composer.json", Rule::ProbePage),
    ("config.php", Rule::ProbePage),
    ("config.yml", Rule::ProbePage),
    ("configuration.php", Rule::ProbePage),
    ("console", Rule::ProbePageEveryday),
    ("credentials", Rule::ProbePage),
    ("database.sql", Rule::ConfigurationFile),
    ("database.yml", Rule::ConfigurationFile),
    ("db.sql", Rule::ConfigurationFile),
    ("debug.log", Rule::ProbePage),
    ("docker-compose.yml", Rule::ConfigurationFile),
    ("druid", Rule::ProbePage),
    ("dump.sql", Rule::ConfigurationFile),
    ("error_log", Rule::ProbePage),
    ("eval-stdin.php", Rule::WebShell),
    ("fckeditor", Rule::ProbePage),
    ("gank.php.php", Rule::WebShell),
    ("geoserver", Rule::ProbePageEveryday),
    ("global.asa", Rule::ConfigurationFile),
    ("heapdump", Rule::ProbePage),
    ("hnap1", Rule::ProbePage),
    ("hosts", Rule::ProbePageEveryday),
    ("htmlawedtest.php", Rule::ProbePage),
    ("httpd.conf", Rule::ConfigurationFile),
    ("id_dsa", Rule::ConfigurationFile),
    ("id_rsa", Rule::ConfigurationFile),
    ("indoxploit.php", Rule::WebShell),
    ("info.php", Rule::ProbePage),
    ("install.php", Rule::ProbePage),
    ("invokefunction", Rule::ProbePage),
    ("invoker", Rule::ProbePage),
    ("jenkins", Rule::ProbePageEveryday),
    ("jmx-console", Rule::ProbePage),
    ("jolokia", Rule::ProbePage),
    ("magento_version", Rule::ProbePage),
    ("mifs", Rule::ProbePage),
    ("mini.php", Rule::WebShell),
    ("my.cnf", Rule::ConfigurationFile),
    ("myadmin", Rule::ProbePage),
    ("mysqladmin", Rule::ProbePage),
    ("nexus", Rule::ProbePageEveryday),
    ("owa", Rule::ProbePageEveryday),
    ("passwd", Rule::ProbePage),
    ("php-cgi", Rule::ProbePage),
    ("php.ini", Rule::ConfigurationFile),
    ("phpinfo", Rule::ProbePage),
    ("phpinfo.php", Rule::ProbePage),
    ("phpmyadmin", Rule::ProbePage),
    ("phpmyadmin2", Rule::ProbePage),
    ("phpunit", Rule::ProbePage),
    ("pma", Rule::ProbePage),
    ("proxy.stream", Rule::ProbePage),
    ("r57.php", Rule::WebShell),
    ("remote", Rule::ProbePageEveryday),
    ("sdk", Rule::ProbePageEveryday),
    ("secrets.json", Rule::ConfigurationFile),
    ("secrets.yml", Rule::ConfigurationFile),
    ("sellers.json", Rule::ProbePageEveryday),
    ("sendgrid.env", Rule::ConfigurationFile),
    ("server-info", Rule::ProbePage),
    ("server-status", Rule::ProbePage),
    ("settings.py", Rule::ProbePage),
    ("setup.cgi", Rule::ProbePage),
    ("setup.php", Rule::ProbePage),
    ("sftp-config.json", Rule::ConfigurationFile),
    ("shadow", Rule::ProbePageEveryday),
    ("shell.aspx", Rule::WebShell),
    ("shell.jsp", Rule::WebShell),
    ("shell.php", Rule::WebShell),
    ("sitecore", Rule::ProbePageEveryday),
    ("solr", Rule::ProbePageEveryday),
    ("sql.php", Rule::ProbePage),
    ("sqladmin", Rule::ProbePage),
    ("sqlmanager", Rule::ProbePage),
    ("sslvpn", Rule::ProbePage),
    ("struts", Rule::ProbePageEveryday),
    ("system.ini", Rule::SystemFile),
    ("system32", Rule::SystemPath),
    ("telerik.web.ui.dialoghandler.aspx", Rule::ProbePage),
    ("telerik.web.ui.webresource.axd", Rule::ProbePage),
    ("telescope", Rule::ProbePageEveryday),
    ("test-cgi", Rule::ProbePage),
    ("test.php", Rule::ProbePage),
    ("thinkphp", Rule::ProbePage),
    ("up.php", Rule::ProbePage),
    ("upload.php", Rule::ProbePageEveryday),
    ("uploader.php", Rule::ProbePage),
    ("vpnsvc", Rule::ProbePage),
    ("w00tw00t.at.isc.sans.dfind:)", Rule::WebShell),
    ("web-console", Rule::ProbePage),
    ("web-inf", Rule::ConfigurationFile),
    ("web.config", Rule::ConfigurationFile),
    ("webconfig.txt", Rule::ProbePage),
    ("webdav", Rule::ProbePage),
    ("webshell.php", Rule::WebShell),
    ("win.ini", Rule::SystemFile),
    ("wls-wsat", Rule::ProbePage),
    ("wlwmanifest.xml", Rule::ProbePage),
    ("wp-admin", Rule::ProbePageEveryday),
    ("wp-config.bak", Rule::ConfigurationFile),
    ("wp-config.php", Rule::ConfigurationFile),
    ("wp-content", Rule::ProbePageEveryday),
    ("wp-includes", Rule::ProbePageEveryday),
    ("wp-login.php", Rule::ProbePageEveryday),
    ("ws_ftp.ini", Rule::ConfigurationFile),
    ("wso.php", Rule::WebShell),
    ("www.zip", Rule::ProbePage),
    ("xampp", Rule::ProbePage),
    ("xmlrpc.php", Rule::ProbePageEveryday),
];

/// Whether editors and administrators leave files of this ending beside a page.
fn is_leftover(ending: &[u8]) -> bool {
    matches!(ending, b"bak" | b"old" | b"orig" | b"save" | b"swp" | b"swo" | b"inc" | b"sql" | b"mdb" | b"bkp")
        || matches!(ending, b"backup" | b"tmp" | b"conf" | b"copy" | b"1" | b"log" | b"pem" | b"asa" | b"cfg")
}

pub(super) const REPETITION_MIN: usize = 40;
const HUGE_DIGITS_MIN: u32 = 17;

pub(super) fn find(value: &[u8], tokens: &[Token], place: Place, findings: &mut Findings) {
    let end = value.len() as u32;
    traversal(value, findings);
    if place != Place::Prose {
        names(value, place, findings);
    }
    for (at, token) in tokens.iter().enumerate() {
        let kind = |at: usize| tokens.get(at).map_or(0, |token| token.kind);
        let mut add =
            |rule| findings.add(rule, token.start, tokens.get(at + 8).or(tokens.last()).map_or(token.end, |last| last.end));
        match token.kind {
            0 => add(Rule::NullByte),
            1..=8 | 14..=31 | 127 => add(Rule::ControlByte),
            WORD if token.plays(SCHEME) && kind(at + 1) == b':' && matches!(kind(at + 2), b'/' | b'\\') => add(Rule::ServerScheme),
            WORD if token.end - token.start == 1
                && kind(at + 1) == b':'
                && matches!(kind(at + 2), b'/' | b'\\')
                && (at == 0 || kind(at - 1) != WORD) =>
            {
                add(Rule::DrivePath);
            }
            WORD if matches!(token.text(value), b"http" | b"https" | b"ftp") && kind(at + 1) == b':' && kind(at + 2) == b'/' => {
                if let Some(rule) = address(&value[token.end as usize..]) {
                    add(rule);
                }
            }
            WORD if token.plays(ROOT_DIRECTORY)
                && at > 0
                && matches!(kind(at - 1), b'/' | b'\\')
                && matches!(kind(at + 1), b'/' | b'\\') =>
            {
                let is_rooted = at == 1
                    || matches!(kind(at - 2), b'.' | b'/' | b':')
                    || tokens[at - 1].is_spaced
                    || tokens[at - 2].plays(words::COMMAND);
                let is_page = place == Place::Path && at == 1;
                if is_rooted
                    && !is_page
                    && matches!(
                        token.text(value),
                        b"etc" | b"proc" | b"var" | b"usr" | b"winnt" | b"windows" | b"inetpub" | b"root" | b"bin" | b"sbin"
                    )
                {
                    add(Rule::SystemPath);
                }
            }
            b'/' | b'\\'
                if tokens.get(at + 1).is_some_and(|next| matches!(next.text(value), b"passwd" | b"shadow" | b"environ"))
                    && at > 0
                    && matches!(tokens[at - 1].text(value), b"etc" | b"self") =>
            {
                add(Rule::SystemFile);
            }
            NUMBER if token.end - token.start >= HUGE_DIGITS_MIN && is_extreme(token.text(value)) => add(Rule::HugeNumber),
            _ => {}
        }
    }
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        lines(value, findings);
    }
    if value.windows(6).any(|window| matches!(window, b"%n%n%n" | b"%s%s%s" | b"%x%x%x" | b"%p%p%p")) {
        findings.add(Rule::FormatString, 0, end);
    }
    if value.len() >= REPETITION_MIN && longest_run(value) >= REPETITION_MIN {
        findings.add(Rule::Repetition, 0, end);
    }
    if is_serialised(value) || is_php_object(value) {
        findings.add(Rule::SerialisedObject, 0, end);
    }
}

fn traversal(value: &[u8], findings: &mut Findings) {
    let is_slash = |byte: Option<&u8>| matches!(byte, Some(b'/' | b'\\'));
    let (mut parents, mut selves, mut dots, mut slashes, mut hex_dots) = (0, 0, 0_usize, 0_usize, 0);
    let mut first = 0;
    for (at, byte) in value.iter().enumerate() {
        dots = if *byte == b'.' { dots + 1 } else { 0 };
        slashes = if is_slash(Some(byte)) && (at == 0 || value[at - 1] != b':') { slashes + 1 } else { 0 };
        let span = (at.saturating_sub(6) as u32, (at + 40).min(value.len()) as u32);
        if dots == 6 {
            findings.add(Rule::DotRun, span.0, span.1);
        }
        if slashes == 4 {
            findings.add(Rule::SlashRun, span.0, span.1);
        }
        if *byte == b'0' && value[at..].starts_with(b"0x2e") {
            hex_dots += 1;
            if hex_dots == 2 {
                findings.add(Rule::ParentDisguised, span.0, span.1);
            }
        }
        if *byte != b'.' {
            continue;
        }
        let next = value.get(at + 1);
        let is_start = at == 0 || matches!(value[at - 1], b'/' | b'\\' | b'=' | b' ' | b':' | b'"' | b'\'' | b',' | b'(' | b'{');
        if next == Some(&b'.') {
            let behind = value.get(at + 2);
            let is_disguised = behind == Some(&b';') && is_slash(value.get(at + 3))
                || value[at + 2..].starts_with(b"0x2f")
                || value[at + 2..].starts_with(b"0x5c")
                || behind == Some(&b'.') && is_slash(value.get(at + 3)) && dots >= 1;
            if is_disguised {
                findings.add(Rule::ParentDisguised, at as u32, span.1);
            }
            if is_slash(behind) || (behind.is_none() && at > 0 && is_slash(value.get(at - 1))) {
                if parents == 0 {
                    first = at as u32;
                }
                parents += 1;
            }
        } else if is_start && is_slash(next) {
            selves += 1;
        }
    }
    let end = value.len() as u32;
    if parents >= 1 {
        findings.add(Rule::ParentOnce, first, end);
    }
    if parents >= 2 {
        findings.add(Rule::ParentTwice, first, end);
    }
    if selves >= 3 {
        findings.add(Rule::SelfRun, 0, end);
    }
}

/// Parts of a path that are known, and endings that editors leave.
pub(super) fn names(value: &[u8], place: Place, findings: &mut Findings) {
    let is_end = |byte: &u8| matches!(byte, b'/' | b'\\' | b' ' | b'\'' | b'"' | b';' | b'?' | b'|' | b'&' | b'<' | b'>' | 0);
    let mut start = 0;
    for part in value.split(is_end) {
        let end = start + part.len();
        let may_be_known = part.len() >= 3 && STARTS[usize::from(part[0])] >> part.len().min(31) & 1 == 1;
        let found = may_be_known.then(|| known(part)).flatten();
        let is_everyday = matches!(found, Some(Rule::ProbePageEveryday));
        let is_environment = part.starts_with(b".env.") || part.ends_with(b".env") && part.len() > 4;
        if let Some(rule) = found.or(is_environment.then_some(Rule::ConfigurationFile))
            && (place == Place::Path || !is_everyday && (part.contains(&b'.') || start > 0 || rule == Rule::ConfigurationFile))
        {
            findings.add(rule, start as u32, end as u32);
        }
        if place == Place::Path && part.len() > 2 && part[0] == b'.' && part[1].is_ascii_alphabetic() && part != b".well-known" {
            findings.add(Rule::HiddenFile, start as u32, end as u32);
        }
        if place == Place::Path && end == value.len() && part.len() > 3 {
            let ending = part.iter().rposition(|byte| *byte == b'.').map_or(&b""[..], |dot| &part[dot + 1..]);
            if part.ends_with(b"~")
                || is_leftover(ending) && (ending != b"1" || part.iter().filter(|byte| **byte == b'.').count() > 1)
            {
                findings.add(Rule::BackupFile, start as u32, end as u32);
            }
        }
        start = end + 1;
    }
}

fn known(part: &[u8]) -> Option<Rule> {
    NAMES.binary_search_by(|(name, _)| name.as_bytes().cmp(part)).ok().map(|at| NAMES[at].1)
}

/// The lengths of the known names, as bits, by the byte they begin with.
static STARTS: [u32; 256] = {
    let mut starts = [0; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let name = NAMES[at].0.as_bytes();
        starts[name[0] as usize] |= 1 << if name.len() < 31 { name.len() } else { 31 };
        at += 1;
    }
    starts
};

/// Where an address leads to, given what follows its scheme.
fn address(rest: &[u8]) -> Option<Rule> {
    let rest = rest.strip_prefix(b"://").or_else(|| rest.strip_prefix(b":/"))?;
    let host = &rest[..rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b' ' | b'"' | b'\'')).unwrap_or(rest.len())];
    let name = host.rsplit(|byte| *byte == b'@').next().unwrap_or(host);
    let is_number = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'x'));
    let is_inner =
        name.starts_with(b"localhost") || name.starts_with(b"metadata.") || name.starts_with(b"[") || name.ends_with(b".internal");
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| rest.ends_with(ending));
    // A trailing question mark cuts off what the page would append to the address.
    let is_include = rest.ends_with(b"?") || ends(&[b".txt", b".php", b".sh", b".ps1", b".hta"]) && host.len() + 3 < rest.len();
    let is_script = ends(&[b".js", b".dtd", b".exe"]);
    match () {
        () if is_number || is_inner => Some(Rule::InnerAddress),
        () if rest.ends_with(b"?") && is_include => Some(Rule::RemoteInclude),
        () if is_script || is_include => Some(Rule::RemoteScript),
        () => None,
    }
}

fn is_extreme(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit == digits[0]) || digits.len() > 24
}

/// Line breaks, and headers behind them.
fn lines(value: &[u8], findings: &mut Findings) {
    for (at, byte) in value.iter().enumerate() {
        if !matches!(byte, b'\r' | b'\n') {
            continue;
        }
        findings.add(Rule::LineBreak, at as u32, value.len() as u32);
        let line = &value[at + 1..];
        let name = &line[..line.iter().take(32).position(|byte| matches!(byte, b':' | b'=' | b'/' | b' ')).unwrap_or(0)];
        let hash = name.iter().fold(words::HASH_START, |hash, byte| words::hash_on(hash, *byte));
        if words::parts(name, hash) & HEADER != 0 {
            findings.add(Rule::LineThenHeader, at as u32, value.len() as u32);
        }
    }
}

fn longest_run(value: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        run = if pair[0] == pair[1] { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// `O:8:"stdClass"` or `a:2:{`.
fn is_php_object(value: &[u8]) -> bool {
    let [b'o' | b'a' | b'c', b':', digit, ..] = value else { return false };
    let rest = &value[3..];
    digit.is_ascii_digit()
        && rest.iter().take(8).take_while(|byte| byte.is_ascii_digit() || **byte == b':').count() > 0
        && rest.iter().take(10).any(|byte| matches!(byte, b'"' | b'{'))
}

/// How a serialised object of Java begins, as Base64 and as hexadecimal digits.
pub(super) fn is_serialised(value: &[u8]) -> bool {
    [&b"ro0ab"[..], b"kztaau", b"cs7qaf", b"aced0005"]
        .iter()
        .any(|start| value.len() >= start.len() && value[..start.len()].eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, rule) in NAMES {
            let mut findings = Findings::default();
            names(format!("/a/{name}/b").as_bytes(), Place::Path, &mut findings);
            assert!(findings.points >= rule.weight().1, "{name}");
        }
    }
}
