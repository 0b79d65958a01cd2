//! Programs by the names they give themselves.

use super::rule::{Findings, Rule};

const SCANNERS: [&[u8]; 58] = [
    b"sqlmap",
    b"nikto",
    b"nmap",
    b"masscan",
    b"zgrab",
    b"acunetix",
    b"nessus",
    b"dirbuster",
    b"gobuster",
    b"wpscan",
    b"hydra",
    b"burpsuite",
    b"burpcollaborator",
    b"zaproxy",
    b"w3af",
    b"netsparker",
    b"openvas",
    b"arachni",
    b"havij",
    b"nuclei",
    b"ffuf",
    b"feroxbuster",
    b"wfuzz",
    b"skipfish",
    b"whatweb",
    b"joomscan",
    b"jorgee",
    b"zmeu",
    b"morfeus",
    b"dirb/",
    b"dirsearch",
    b"commix",
    b"webshag",
    b"paros",
    b"appscan",
    b"webinspect",
    b"qualys",
    b"metasploit",
    b"vega/",
    b"fimap",
    b"sqlninja",
    b"bsqlbf",
    b"absinthe",
    b"brutus",
    b"medusa",
    b"httprint",
    b"grabber",
    b"pangolin",
    b"jaeles",
    b"xsstrike",
    b"jbrofuzz",
    b"httpx -",
    b"l9explore",
    b"l9tcpid",
    b"cgichk",
    b"uil2pn",
    b"grendel",
    b"fuzz faster",
];

/// Tools that are as common in honest scripts.
const TOOLS: [&[u8]; 16] = [
    b"curl/",
    b"wget/",
    b"python",
    b"go-http-client",
    b"libwww-perl",
    b"java/",
    b"okhttp",
    b"httpie",
    b"scrapy",
    b"perl",
    b"ruby",
    b"winhttp",
    b"phantomjs",
    b"headless",
    b"lwp-",
    b"indy library",
];

pub(super) fn find(agent: &[u8], findings: &mut Findings) {
    let position =
        |name: &[u8]| agent.windows(name.len()).position(|window| window == name).map(|at| (at as u32, (at + name.len()) as u32));
    if let Some((start, end)) = SCANNERS.iter().find_map(|name| position(name)) {
        findings.add(Rule::ScannerName, start, end);
    } else if let Some((start, end)) = TOOLS.iter().find_map(|name| position(name)) {
        findings.add(Rule::ToolName, start, end);
    }
}
