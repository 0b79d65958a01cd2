//! The words that attacks on web applications are made of, by the part they play.
//!
//! A word alone is never evidence of much; the grammars beside this module read what stands around
//! it. The table is laid out when the program is compiled, so looking a word up is a hash and one
//! comparison.

/// The parts that a word plays, as bits: `exec` is a statement and a call.
pub(super) type Parts = u32;

pub(super) const NONE: Parts = 0;
/// Joins two conditions.
pub(super) const LOGIC: Parts = 1;
/// Compares two values.
pub(super) const COMPARISON: Parts = 1 << 1;
/// Begins a statement of SQL.
pub(super) const STATEMENT: Parts = 1 << 2;
/// A clause of SQL that continues a statement.
pub(super) const CLAUSE: Parts = 1 << 3;
/// A function of SQL that everyday text does not call.
pub(super) const SQL_CALL: Parts = 1 << 4;
/// A function or package that only an attack on a database names.
pub(super) const SQL_PROOF: Parts = 1 << 5;
/// A table or schema that describes the database.
pub(super) const CATALOGUE: Parts = 1 << 6;
/// An element of HTML that runs or loads something.
pub(super) const ACTIVE_TAG: Parts = 1 << 7;
/// Any other element.
pub(super) const TAG: Parts = 1 << 8;
/// A function of JavaScript that attacks call.
pub(super) const SCRIPT_CALL: Parts = 1 << 9;
/// An object or property of the page.
pub(super) const SCRIPT_OBJECT: Parts = 1 << 10;
/// A program that is run from a shell.
pub(super) const COMMAND: Parts = 1 << 11;
/// A function of PHP, Java or Python that runs code or commands.
pub(super) const CODE_CALL: Parts = 1 << 12;
/// The scheme of an address that makes a server read or fetch something.
pub(super) const SCHEME: Parts = 1 << 13;
/// A scheme that runs script.
pub(super) const SCRIPT_SCHEME: Parts = 1 << 14;
/// An operator of a document database, behind a dollar.
pub(super) const DOCUMENT_OPERATOR: Parts = 1 << 15;
/// A header that an injected line break may forge.
pub(super) const HEADER: Parts = 1 << 16;
/// Inner names of Java, Python, PHP and JavaScript.
pub(super) const INNARDS: Parts = 1 << 17;
/// A directory at the root of a system.
pub(super) const ROOT_DIRECTORY: Parts = 1 << 18;
/// An attribute of a directory entry, in a filter.
pub(super) const DIRECTORY_ATTRIBUTE: Parts = 1 << 19;

/// A scanner or a tool of attack, as it calls itself.
pub(super) const SCANNER: Parts = 1 << 20;
/// A library or tool that is as common in honest scripts.
pub(super) const TOOL: Parts = 1 << 21;

type Group = (Parts, &'static str);

/// The words of each part, apart by white space.
const GROUPS: [Group; 22] = [
    (LOGIC, "and or xor having where not div"),
    (COMPARISON, "like rlike regexp between is in ilike glob sounds"),
    (
        STATEMENT,
        "select insert update delete drop create alter truncate union declare exec execute call begin waitfor \
         shutdown merge replace grant revoke handler if set copy intersect except",
    ),
    (
        CLAUSE,
        "from into values order group limit offset table database case when then else end all distinct null \
         as by outfile dumpfile procedure boolean delay desc asc",
    ),
    (
        SQL_CALL,
        "sleep concat concat_ws group_concat char chr ascii ord substring substr mid elt floor rand count \
         cast convert iif ifnull isnull coalesce md5 sha1 hex unhex version user database schema length len \
         left right upper lower row repeat if exists round quarter values nullif make_set strcmp instr exp \
         current_user session_user system_user db_name host_name object_id xmltype delay load to_char",
    ),
    (
        SQL_PROOF,
        "benchmark pg_sleep extractvalue updatexml load_file randomblob generate_series crypt_key \
         regexp_substring utl_inaddr utl_http dbms_pipe dbms_lock dbms_xmlgen ctxsys xp_cmdshell xp_dirtree \
         xp_regread xp_servicecontrol xp_availablemedia sp_executesql sp_password sp_makewebtask sp_oacreate \
         openrowset opendatasource analyse json_keys gtid_subset receive_message get_host_address \
         fn_xe_file_target_read_file load_extension query_to_xml pg_read_file lo_import st_latfromgeohash \
         polygon linestring geometrycollection is_srvrolemember bulk_column nvarchar varchar dumpfile outfile \
         sysdate row_count name_const waitfor",
    ),
    (
        CATALOGUE,
        "information_schema sysobjects syscolumns sysdatabases sysusers systables sysibm syslogins pg_catalog \
         pg_user pg_shadow pg_tables pg_class pg_database sqlite_master sqlite_schema all_tables all_users \
         user_tables dual msysobjects msysaces table_schema table_name column_name rdb mysql sys master \
         all_tab_columns dba_users",
    ),
    (
        ACTIVE_TAG,
        "script iframe object embed svg applet meta base link style form frameset frame img image video audio \
         body marquee xml layer bgsound isindex math xss details animate foreignobject set template input \
         textarea button select keygen source head html xmp noscript import implementation entity doctype",
    ),
    (
        TAG,
        "a b i u p br div span table td tr ul li h1 h2 center font pre title label option area map bdo blink \
         strong em hr small abbr section object input dd dl dt col",
    ),
    (
        SCRIPT_CALL,
        "alert prompt confirm eval fromcharcode settimeout setinterval expression atob btoa decodeuri \
         decodeuricomponent unescape fetch function importscripts write writeln open msgbox execscript \
         postmessage getelementbyid onload throw",
    ),
    (
        SCRIPT_OBJECT,
        "document window location cookie innerhtml outerhtml localstorage sessionstorage xmlhttprequest \
         constructor prototype globalthis srcdoc formaction xlink top self parent activexobject domain \
         child_process string process",
    ),
    (
        COMMAND,
        "id ls cat tac less more whoami uname pwd ping sleep wget curl nc ncat netcat bash sh zsh ksh csh \
         dash python python2 python3 perl ruby php lua node dir type net net1 netstat ipconfig ifconfig ip \
         arp route echo printf rm cp mv chmod chown kill ps top powershell pwsh cmd command certutil \
         bitsadmin rundll32 regsvr32 mshta wmic nslookup dig host telnet ssh scp ftp tftp touch find grep \
         head tail awk sed env printenv export tee base64 xxd sudo su mkdir rmdir del copy move start \
         tasklist taskkill systeminfo ver set hostname users w who last crontab service systemctl mkfifo \
         nohup busybox timeout exec eval source xargs sort cut tr od strings gcc make tar gzip unzip zip \
         reboot shutdown halt mail lynx dd mount passwd useradd reg sc schtasks cscript iex invoke uptime df \
         du history date locate which whereis traceroute tracert",
    ),
    (
        CODE_CALL,
        "system passthru shell_exec popen proc_open pcntl_exec phpinfo base64_decode eval assert exec \
         preg_replace create_function call_user_func file_get_contents file_put_contents fopen readfile \
         include require include_once require_once gzinflate str_rot13 getruntime forname processbuilder md5 \
         print die print_r var_dump unserialize subprocess __import__ execsync spawn getenv ini_set \
         move_uploaded_file hex2bin chr newinstance getmethod runtime is_file fwrite fputs array_map usleep \
         curl_exec open eval_r nslookup",
    ),
    (
        SCHEME,
        "php file expect phar zip glob dict gopher ldap ldaps jar netdoc rmi ogg rar ssh2 jndi iiop corba nis \
         local_file",
    ),
    (SCRIPT_SCHEME, "javascript vbscript livescript mocha jscript"),
    (
        DOCUMENT_OPERATOR,
        "ne gt gte lt lte nin in eq where regex exists or and not nor type mod all size elemmatch func expr \
         lookup options",
    ),
    (
        HEADER,
        "set-cookie location content-type content-length transfer-encoding http host refresh x-forwarded-for \
         access-control-allow-origin cookie bcc cc to from subject mime-version get post x-injected status \
         content-disposition header connection",
    ),
    (
        INNARDS,
        "__class__ __globals__ __proto__ __subclasses__ __mro__ __init__ __builtins__ __base__ __bases__ \
         _memberaccess getclass classloader runtime java ognl ognlcontext lang springframework \
         scriptenginemanager allowstaticmethodaccess _get _post _request _server _cookie _files globals \
         http_raw_post_data auto_prepend_file auto_append_file allow_url_include disable_functions safe_mode \
         opensymphony xwork2 dispatcher jndi _session",
    ),
    (ROOT_DIRECTORY, "etc proc var usr bin sbin tmp root home opt dev windows winnt inetpub sys mnt apache system32 xampp"),
    (
        DIRECTORY_ATTRIBUTE,
        "uid cn objectclass userpassword mail sn givenname ou dc samaccountname memberof uidnumber zone \
         department",
    ),
    (
        SCANNER,
        "sqlmap nikto nmap masscan zgrab acunetix nessus dirbuster gobuster wpscan hydra burpsuite \
         burpcollaborator zaproxy w3af netsparker openvas arachni havij nuclei ffuf feroxbuster wfuzz \
         skipfish whatweb joomscan jorgee zmeu morfeus dirb dirsearch commix webshag paros appscan webinspect \
         qualys metasploit fimap sqlninja bsqlbf brutus medusa httprint grabber pangolin jaeles xsstrike \
         jbrofuzz l9explore l9tcpid cgichk fuzz xray sqlpowerinjector webscarab vega zgrab2 wapiti \
         securityscan vulnscan datacha0s toata",
    ),
    (
        TOOL,
        "curl wget python requests libwww okhttp httpie scrapy winhttp phantomjs headlesschrome lwp indy \
         aiohttp httpx urllib axios guzzlehttp httpclient java perl ruby",
    ),
];

#[derive(Clone, Copy)]
struct Slot {
    word: &'static [u8],
    parts: Parts,
}

const SLOTS: usize = 2048;
const LONGEST: usize = 32;
static TABLE: [Slot; SLOTS] = lay_out();

pub(super) const HASH_START: u32 = 0x811c_9dc5;

/// The hash of a word is made byte by byte, while it is read.
pub(super) const fn hash_on(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// The parts of a word in small letters with its hash.
pub(super) fn parts(word: &[u8], hash: u32) -> Parts {
    if word.len() > LONGEST {
        return NONE;
    }
    let mut at = slot_of(hash);
    while TABLE[at].parts != NONE {
        if TABLE[at].word == word {
            return TABLE[at].parts;
        }
        at = (at + 1) % SLOTS;
    }
    NONE
}

const fn slot_of(hash: u32) -> usize {
    ((hash ^ (hash >> 15)) as usize) % SLOTS
}

const fn lay_out() -> [Slot; SLOTS] {
    let mut table = [Slot { word: b"", parts: NONE }; SLOTS];
    let mut group = 0;
    while group < GROUPS.len() {
        let (parts, words) = GROUPS[group];
        let mut rest = words.as_bytes();
        while !rest.is_empty() {
            let mut length = 0;
            while length < rest.len() && rest[length] != b' ' {
                length += 1;
            }
            let (word, behind) = rest.split_at(length);
            let mut at = slot_of(hash_of(word));
            while table[at].parts != NONE && !is_equal(table[at].word, word) {
                at = (at + 1) % SLOTS;
            }
            table[at] = Slot { word, parts: table[at].parts | parts };
            rest = if behind.is_empty() { behind } else { behind.split_at(1).1 };
        }
        group += 1;
    }
    table
}

const fn hash_of(word: &[u8]) -> u32 {
    let mut hash = HASH_START;
    let mut at = 0;
    while at < word.len() {
        hash = hash_on(hash, word[at]);
        at += 1;
    }
    hash
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_with_all_its_parts() {
        for (expected, words) in GROUPS {
            for word in words.split(' ') {
                let found = parts(word.as_bytes(), hash_of(word.as_bytes()));
                assert_eq!(found & expected, expected, "{word}");
                assert!(!word.is_empty() && word.len() <= LONGEST && word.bytes().all(|byte| !byte.is_ascii_uppercase()), "{word}");
            }
        }
        assert_eq!(parts(b"marmalade", hash_of(b"marmalade")), NONE);
        assert_eq!(parts(b"", HASH_START), NONE);
    }
}
