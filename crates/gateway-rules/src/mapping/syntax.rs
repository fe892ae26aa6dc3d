//! The tree of a parsed template.

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text as it stands.
    Text(Box<str>),
    /// A reference to print.
    Print(Reference),
    /// `#set($target = value)`
    Set { target: Reference, value: Expression },
    /// `#if`, `#elseif` …: the first branch whose condition holds, else the last nodes.
    If { branches: Vec<(Expression, Vec<Node>)>, otherwise: Vec<Node> },
    /// `#foreach($variable in items)`
    Foreach { variable: Box<str>, items: Expression, body: Vec<Node> },
    /// `#break`
    Break,
    /// `#stop`
    Stop,
}

/// `$name.property.method(…)[index]`
#[derive(Clone, Debug)]
pub struct Reference {
    /// As written, which is what prints when the variable was never set.
    pub source: Box<str>,
    /// `$!name`: prints nothing when it has no value.
    pub quiet: bool,
    /// The variable.
    pub name: Box<str>,
    /// What is taken from it.
    pub steps: Vec<Step>,
}

/// One step of a reference.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`
    Property(Box<str>),
    /// `.name(arguments)`
    Method(Method, Vec<Expression>),
    /// `[index]`
    Index(Expression),
}

/// A value.
#[derive(Clone, Debug)]
pub enum Expression {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// `'text'`
    Text(Box<str>),
    /// `"text with $references"`
    Interpolated(Vec<Node>),
    Reference(Reference),
    List(Vec<Expression>),
    Range(Box<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Binary(Box<Expression>, Operator, Box<Expression>),
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

macro_rules! methods {
    ($($method:ident $name:literal),* $(,)?) => {
        /// The methods that a template may call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method { $($method),* }

        impl Method {
            /// The method of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$method),)*
                    _ => None,
                }
            }
        }
    };
}

methods! {
    Add "add",
    AddAll "addAll",
    Base64Decode "base64Decode",
    Base64Encode "base64Encode",
    Concat "concat",
    Contains "contains",
    ContainsKey "containsKey",
    ContainsValue "containsValue",
    EndsWith "endsWith",
    EntrySet "entrySet",
    Equals "equals",
    EqualsIgnoreCase "equalsIgnoreCase",
    EscapeJavaScript "escapeJavaScript",
    Get "get",
    GetKey "getKey",
    GetValue "getValue",
    IndexOf "indexOf",
    IsEmpty "isEmpty",
    Json "json",
    KeySet "keySet",
    LastIndexOf "lastIndexOf",
    Length "length",
    Matches "matches",
    Params "params",
    ParseJson "parseJson",
    Path "path",
    Put "put",
    PutAll "putAll",
    Remove "remove",
    Replace "replace",
    ReplaceAll "replaceAll",
    ReplaceFirst "replaceFirst",
    Set "set",
    Size "size",
    Split "split",
    StartsWith "startsWith",
    Substring "substring",
    ToLowerCase "toLowerCase",
    ToString "toString",
    ToUpperCase "toUpperCase",
    Trim "trim",
    UrlDecode "urlDecode",
    UrlEncode "urlEncode",
    Values "values",
}
