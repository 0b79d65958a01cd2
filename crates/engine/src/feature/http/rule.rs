//! What can be found in a request, and how much each finding weighs.
//!
//! Weights are points: 6 make a finding (`medium`), 10 an alert. A rule counts once in a value, so
//! a long value is not suspicious for its length.

/// The class of attack a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Sql,
    Script,
    Command,
    Code,
    Template,
    Traversal,
    SensitiveFile,
    RemoteResource,
    Xml,
    Directory,
    XPath,
    DocumentQuery,
    Serialised,
    Header,
    Probe,
    Scanner,
    Encoding,
    Overflow,
}

impl Kind {
    /// Stable, as reasons carry it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sql => "sql_injection",
            Self::Script => "script_injection",
            Self::Command => "command_injection",
            Self::Code => "code_injection",
            Self::Template => "template_injection",
            Self::Traversal => "path_traversal",
            Self::SensitiveFile => "sensitive_file",
            Self::RemoteResource => "remote_resource",
            Self::Xml => "xml_injection",
            Self::Directory => "ldap_injection",
            Self::XPath => "xpath_injection",
            Self::DocumentQuery => "nosql_injection",
            Self::Serialised => "serialised_object",
            Self::Header => "header_injection",
            Self::Probe => "probe",
            Self::Scanner => "scanner",
            Self::Encoding => "odd_encoding",
            Self::Overflow => "overflow",
        }
    }

    /// As a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "SQL",
            Self::Script => "script or markup",
            Self::Command => "a shell command",
            Self::Code => "program code",
            Self::Template => "a template expression",
            Self::Traversal => "a path traversal",
            Self::SensitiveFile => "a sensitive file",
            Self::RemoteResource => "an address for the server to open",
            Self::Xml => "an XML entity",
            Self::Directory => "an LDAP filter",
            Self::XPath => "XPath",
            Self::DocumentQuery => "a database operator",
            Self::Serialised => "a serialised object",
            Self::Header => "a forged header",
            Self::Probe => "a page that scanners look for",
            Self::Scanner => "a scanner's name",
            Self::Encoding => "an odd encoding",
            Self::Overflow => "an endless repetition",
        }
    }
}

macro_rules! rules {
    ($($name:ident: $kind:ident, $points:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Rule { $($name),* }

        impl Rule {
            pub(super) const COUNT: usize = [$(Self::$name),*].len();

            pub(super) fn weight(self) -> (Kind, f32) {
                match self { $(Self::$name => (Kind::$kind, $points)),* }
            }
        }
    };
}

rules! {
    QuoteThenLogic: Sql, 6.0;
    QuoteThenClause: Sql, 5.0;
    QuoteThenComment: Sql, 6.0;
    QuoteThenConcatenation: Sql, 5.0;
    QuoteCompared: Sql, 5.0;
    QuoteThenEnd: Sql, 3.0;
    QuoteTrailing: Sql, 4.0;
    QuoteUnpaired: Sql, 1.5;
    Condition: Sql, 6.0;
    ConditionOfWords: Sql, 2.0;
    Tautology: Sql, 6.0;
    NumberThenLogic: Sql, 3.0;
    Union: Sql, 10.0;
    SelectFrom: Sql, 6.0;
    SelectExpression: Sql, 5.0;
    Subquery: Sql, 6.0;
    Stacked: Sql, 7.0;
    StatementPhrase: Sql, 7.0;
    ClausePhrase: Sql, 4.0;
    CaseWhen: Sql, 5.0;
    SqlCall: Sql, 3.5;
    SqlCallNested: Sql, 3.0;
    SqlProof: Sql, 7.0;
    Catalogue: Sql, 6.0;
    SqlVariable: Sql, 6.0;
    SqlComment: Sql, 3.5;
    SqlInlineComment: Sql, 4.0;
    ParenthesisUnopened: Sql, 2.5;
    ParenthesisAfterNumber: Sql, 4.0;
    HexLiteral: Sql, 1.0;
    ActiveTag: Script, 7.5;
    Tag: Script, 5.0;
    UnknownTag: Script, 3.0;
    MarkupComment: Script, 4.0;
    EventHandler: Script, 6.5;
    ScriptScheme: Script, 7.0;
    DataScheme: Script, 5.0;
    ScriptCall: Script, 5.0;
    ScriptObject: Script, 5.0;
    QuoteThenTag: Script, 4.0;
    ScriptTail: Script, 3.0;
    StyleScript: Script, 5.0;
    SevenBitMarkup: Script, 6.0;
    AttributePlant: Script, 3.0;
    XmlEntity: Xml, 10.0;
    XmlDeclaration: Xml, 4.0;
    ServerTag: Code, 6.0;
    CodeCall: Code, 6.5;
    CodeCallEveryday: Code, 3.0;
    CodeCallWrapped: Code, 5.0;
    Innards: Code, 7.0;
    InnardsDotted: Code, 5.0;
    ServerInclude: Code, 10.0;
    Lookup: Template, 10.0;
    DollarExpression: Template, 5.0;
    BraceExpression: Template, 5.0;
    TemplateArithmetic: Template, 6.0;
    DocumentOperator: DocumentQuery, 8.0;
    CommandSeparated: Command, 7.0;
    CommandSeparatedEveryday: Command, 3.0;
    CommandSubstituted: Command, 6.0;
    Backticks: Command, 6.0;
    CommandWithArguments: Command, 4.5;
    CommandPath: Command, 6.0;
    Redirection: Command, 4.0;
    FunctionDefinition: Command, 10.0;
    SeparatorLeading: Command, 2.5;
    SeparatorTrailing: Command, 2.0;
    WildcardPath: Command, 5.0;
    WindowsShell: Command, 6.0;
    ParentOnce: Traversal, 5.0;
    ParentTwice: Traversal, 5.0;
    ParentDisguised: Traversal, 8.0;
    DotRun: Traversal, 4.0;
    SelfRun: Traversal, 4.0;
    SlashRun: Traversal, 3.0;
    SystemPath: SensitiveFile, 5.0;
    SystemFile: SensitiveFile, 8.0;
    ConfigurationFile: SensitiveFile, 9.0;
    DrivePath: SensitiveFile, 5.0;
    BackupFile: Probe, 4.0;
    HiddenFile: Probe, 4.0;
    ProbePage: Probe, 7.0;
    ProbePageEveryday: Probe, 2.0;
    WebShell: Probe, 10.0;
    ServerScheme: RemoteResource, 10.0;
    InnerAddress: RemoteResource, 8.0;
    RemoteScript: RemoteResource, 3.0;
    RemoteInclude: RemoteResource, 7.0;
    FilterBreak: Directory, 6.5;
    FilterAttribute: Directory, 3.0;
    FilterTail: Directory, 3.0;
    Axis: XPath, 6.0;
    NodeTest: XPath, 5.0;
    XPathCall: XPath, 5.0;
    SerialisedObject: Serialised, 10.0;
    LineThenHeader: Header, 9.0;
    LineBreak: Header, 1.5;
    NullByte: Encoding, 6.0;
    ControlByte: Encoding, 3.0;
    Overlong: Encoding, 5.0;
    DoublyEscaped: Encoding, 2.0;
    Respelt: Encoding, 1.5;
    FormatString: Encoding, 5.0;
    Repetition: Overflow, 6.0;
    HugeNumber: Overflow, 3.0;
    ScannerName: Scanner, 10.0;
    ToolName: Scanner, 1.5;
}

/// What was found in one value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Findings {
    seen: u128,
    pub(crate) points: f32,
    /// Of the heaviest rule, and where it stands in the decoded value.
    pub(crate) strongest: Option<(Kind, f32, u32, u32)>,
}

impl Findings {
    pub(super) fn add(&mut self, rule: Rule, start: u32, end: u32) {
        let bit = 1_u128 << rule as u8;
        if self.seen & bit != 0 {
            return;
        }
        self.seen |= bit;
        let (kind, points) = rule.weight();
        self.points += points;
        if self.strongest.is_none_or(|(_, most, ..)| points > most) {
            self.strongest = Some((kind, points, start, end));
        }
    }
}

// Rules are bits of one number.
const _: () = assert!(Rule::COUNT <= 128);
