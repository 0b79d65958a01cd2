//! What the services of a web shop write, on Linux.

use super::Rhythm::{Night, Office, Steady, Visitors};
use super::{Anomaly, Template, template};

pub(super) const PATHS: [&str; 12] = [
    "/",
    "/products",
    "/products/1043",
    "/search?q=winter+boots",
    "/cart",
    "/checkout",
    "/account/orders",
    "/static/app.js",
    "/static/style.css",
    "/img/banner.webp",
    "/api/v2/prices?currency=EUR",
    "/help/returns",
];

pub(super) const JOBS: [&str; 7] =
    ["send-newsletter", "rebuild-search-index", "close-invoices", "expire-carts", "export-orders", "rotate-logs", "sync-stock"];

/// The machines a service runs on.
pub(super) fn host_of(source: &str) -> &'static str {
    match source {
        "nginx" => "WEB",
        "postgres" => "DB",
        "kernel" | "sshd" | "cron" | "systemd" => "LNX",
        _ => "APP",
    }
}

pub(super) const NORMAL: &[Template] = &[
    template(
        40,
        Visitors,
        "nginx",
        "INFO",
        0,
        "{client} - - \"GET {path} HTTP/1.1\" 200 {size} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0\" rt=0.0{few}{few}",
    ),
    template(
        16,
        Visitors,
        "nginx",
        "INFO",
        0,
        "{client} - - \"GET {path} HTTP/2.0\" 304 0 \"https://shop.example{path}\" \"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148\" rt=0.00{few}",
    ),
    template(
        5,
        Visitors,
        "nginx",
        "INFO",
        0,
        "{client} - - \"POST /api/v2/cart HTTP/2.0\" 201 {size} \"https://shop.example/cart\" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/143.0.0.0 Safari/537.36\" rt=0.1{few}{few}",
    ),
    template(
        4,
        Visitors,
        "nginx",
        "INFO",
        0,
        "{client} - - \"GET /favicon-{id}.png HTTP/1.1\" 404 153 \"-\" \"Mozilla/5.0 (compatible; searchbot/2.0; +https://searchbot.example/about.html)\" rt=0.00{few}",
    ),
    template(
        1,
        Visitors,
        "nginx",
        "ERROR",
        0,
        "upstream timed out (110: Connection timed out) while reading response header from upstream, client: {client}, server: shop.example, request: \"GET {path} HTTP/1.1\", upstream: \"http://{ip}:8080\"",
    ),
    template(30, Visitors, "api-gateway", "INFO", 0, "GET {path} 200 {size}B in {ms} ms user={user} trace={guid}"),
    template(16, Visitors, "api-gateway", "INFO", 0, "POST /api/v2/orders 201 {size}B in {ms} ms user={user} trace={guid}"),
    template(5, Visitors, "api-gateway", "INFO", 0, "GET /api/v2/orders/{id} 404 64B in {few} ms user={user} trace={guid}"),
    template(
        3,
        Visitors,
        "api-gateway",
        "WARN",
        0,
        "Rate limit reached for client {client}: {many} requests in 60 s, answering 429",
    ),
    template(
        2,
        Visitors,
        "api-gateway",
        "WARN",
        0,
        "Retrying upstream stock-service after connection refused, attempt {few} of 10, trace={guid}",
    ),
    template(12, Steady, "api-gateway", "DEBUG", 0, "Health check of {ip}:8080 answered 200 in {few} ms"),
    template(
        18,
        Visitors,
        "payments",
        "INFO",
        0,
        "Payment {id} authorised for order {id}, amount {many}.{few}0 EUR, provider answered in {ms} ms",
    ),
    template(14, Visitors, "payments", "INFO", 0, "Payment {id} captured, settlement batch {id}"),
    template(4, Visitors, "payments", "WARN", 0, "Payment {id} declined by issuer: insufficient funds, order {id} kept open"),
    template(2, Office, "payments", "INFO", 0, "Refund {id} of {many}.{few}0 EUR approved by {user}"),
    template(18, Visitors, "auth", "INFO", 0, "User {user} logged in from {client} session={hex} in {ms} ms"),
    template(14, Visitors, "auth", "INFO", 0, "Token refreshed for {user} session={hex}"),
    template(3, Visitors, "auth", "WARN", 0, "Login failed for {user} from {ip}: wrong password, attempt {few}"),
    template(8, Visitors, "auth", "INFO", 0, "User {user} logged out session={hex}"),
    template(
        16,
        Steady,
        "postgres",
        "LOG",
        0,
        "duration: {ms}.{few}{few} ms  execute s_{few}: SELECT id, status, total FROM {table} WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 50",
    ),
    template(
        10,
        Steady,
        "postgres",
        "LOG",
        0,
        "checkpoint complete: wrote {many} buffers ({few}.{few}%); 0 WAL file(s) added, {few} removed; write={few}.{many} s, sync=0.00{few} s, total={few}.{many} s",
    ),
    template(
        8,
        Night,
        "postgres",
        "LOG",
        0,
        "automatic vacuum of table \"shop.public.{table}\": index scans: 1 pages: 0 removed, {many} remain, tuples: {many} removed, {id} remain",
    ),
    template(
        8,
        Visitors,
        "postgres",
        "LOG",
        0,
        "connection authorized: user=shop database=shop application_name=api-gateway host={ip} port={port}",
    ),
    template(
        3,
        Visitors,
        "postgres",
        "ERROR",
        0,
        "duplicate key value violates unique constraint \"{table}_pkey\" DETAIL: Key (id)=({id}) already exists.",
    ),
    template(12, Steady, "scheduler", "INFO", 0, "Job {job} started run={hex}"),
    template(12, Steady, "scheduler", "INFO", 0, "Job {job} finished run={hex} processed {many} items in {few} s"),
    template(2, Steady, "scheduler", "WARN", 0, "Job {job} is still running after {many} s, run={hex}"),
    template(6, Night, "scheduler", "INFO", 0, "Backup of {table} finished: {many} MB in {many} s, kept 14 copies"),
    template(6, Steady, "cron", "INFO", 0, "(www-data) CMD (/usr/local/bin/{job} --quiet)"),
    template(8, Steady, "systemd", "INFO", 0, "Started {job}.service - Shop maintenance: {job}."),
    template(
        4,
        Office,
        "sshd",
        "INFO",
        0,
        "Accepted publickey for {user} from {ip} port {port} ssh2: ED25519 SHA256:{hex}{hex}{hex}",
    ),
    template(1, Office, "sshd", "INFO", 0, "Failed password for {user} from {ip} port {port} ssh2"),
    template(4, Steady, "kernel", "INFO", 0, "[{uptime}.{many}] eth0: renamed from veth{hex}"),
];

pub(super) const ANOMALIES: &[Anomaly] = &[
    Anomaly {
        name: "brute_force",
        is_burst: true,
        templates: &[
            template(1, Steady, "sshd", "INFO", 0, "Failed password for invalid user {tried} from {client} port {port} ssh2"),
            template(
                1,
                Steady,
                "Security",
                "Information",
                4625,
                "An account failed to log on. Logon Type: 3 Account For Which Logon Failed: Account Name: {tried} Account Domain: CORP Failure Reason: Unknown user name or bad password. Status: 0xc000006d Source Network Address: {client}",
            ),
        ],
    },
    Anomaly {
        name: "sql_injection",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "nginx",
                "INFO",
                0,
                "{client} - - \"GET /products?id={few}%27%20UNION%20SELECT%20username,password%20FROM%20{table}-- HTTP/1.1\" 200 {size} \"-\" \"sqlmap/1.9\" rt=0.{few}{few}",
            ),
            template(
                1,
                Steady,
                "api-gateway",
                "INFO",
                0,
                "GET /search?q=x'+OR+'1'='1'--+&page={few} 500 {size}B in {ms} ms user=- trace={guid}",
            ),
        ],
    },
    Anomaly {
        name: "path_traversal",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "nginx",
                "INFO",
                0,
                "{client} - - \"GET /static/..%2f..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\" 400 {size} \"-\" \"curl/8.17.0\" rt=0.00{few}",
            ),
            template(
                1,
                Steady,
                "nginx",
                "INFO",
                0,
                "{client} - - \"GET /download?file=../../../../etc/shadow HTTP/1.1\" 403 {size} \"-\" \"python-requests/2.32\" rt=0.00{few}",
            ),
        ],
    },
    Anomaly {
        name: "out_of_memory",
        is_burst: false,
        templates: &[template(
            1,
            Steady,
            "kernel",
            "CRITICAL",
            0,
            "[{uptime}.{many}] Out of memory: Killed process {pid} (java) total-vm:{id}00kB, anon-rss:{id}00kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:{many}kB oom_score_adj:0",
        )],
    },
    Anomaly {
        name: "crash",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "payments",
                "FATAL",
                0,
                "thread 'worker-{few}' panicked: unexpected end of settlement file\nstack trace:\n   0: payments::settle::read_batch\n   1: payments::settle::run\n   2: payments::worker::main_loop\n   3: std::sys::thread::start\n   4: clone\nprocess aborted, core dumped",
            ),
            template(
                1,
                Steady,
                "api-gateway",
                "ERROR",
                0,
                "Unhandled exception: java.lang.NullPointerException: cannot invoke \"Order.total()\"\n\tat com.shop.api.OrderController.create(OrderController.java:{many})\n\tat com.shop.api.Router.dispatch(Router.java:88)\n\tat com.shop.http.Worker.run(Worker.java:41)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)",
            ),
        ],
    },
    Anomaly {
        name: "slow_response",
        is_burst: false,
        templates: &[
            template(1, Steady, "api-gateway", "INFO", 0, "GET {path} 200 {size}B in {slow} ms user={user} trace={guid}"),
            template(
                1,
                Steady,
                "postgres",
                "LOG",
                0,
                "duration: {slow}.{few}{few} ms  execute s_{few}: SELECT id, status, total FROM {table} WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 50",
            ),
        ],
    },
    Anomaly {
        name: "data_exfiltration",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "api-gateway",
                "INFO",
                0,
                "GET /api/v2/customers/export 200 {huge} GB in {many} ms user={user} trace={guid}",
            ),
            template(1, Steady, "sshd", "INFO", 0, "Transfer finished for {user} to {client}: sent {huge} GB in {many} s"),
        ],
    },
    Anomaly {
        name: "garbled_text",
        is_burst: false,
        templates: &[
            template(1, Steady, "scheduler", "INFO", 0, "{garbage}"),
            template(1, Steady, "payments", "INFO", 0, "Payment payload: {garbage}"),
        ],
    },
];
