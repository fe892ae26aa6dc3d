//! The names of the methods that a template may call; any other is found when the template is compiled.

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
    BooleanValue "booleanValue",
    CharAt "charAt",
    Clear "clear",
    CodePointAt "codePointAt",
    CompareTo "compareTo",
    CompareToIgnoreCase "compareToIgnoreCase",
    Concat "concat",
    Contains "contains",
    ContainsAll "containsAll",
    ContainsKey "containsKey",
    ContainsValue "containsValue",
    ContentEquals "contentEquals",
    DoubleValue "doubleValue",
    EndsWith "endsWith",
    EntrySet "entrySet",
    Equals "equals",
    EqualsIgnoreCase "equalsIgnoreCase",
    EscapeJavaScript "escapeJavaScript",
    FloatValue "floatValue",
    Get "get",
    GetCount "getCount",
    GetIndex "getIndex",
    GetKey "getKey",
    GetOrDefault "getOrDefault",
    GetValue "getValue",
    HasNext "hasNext",
    HashCode "hashCode",
    IndexOf "indexOf",
    IntValue "intValue",
    IsEmpty "isEmpty",
    IsFirst "isFirst",
    IsInfinite "isInfinite",
    IsLast "isLast",
    IsNaN "isNaN",
    Iterator "iterator",
    Json "json",
    KeySet "keySet",
    LastIndexOf "lastIndexOf",
    Length "length",
    LongValue "longValue",
    Matches "matches",
    Max "max",
    Min "min",
    Next "next",
    Params "params",
    ParseBoolean "parseBoolean",
    ParseDouble "parseDouble",
    ParseInt "parseInt",
    ParseJson "parseJson",
    ParseLong "parseLong",
    Path "path",
    Put "put",
    PutAll "putAll",
    PutIfAbsent "putIfAbsent",
    Remove "remove",
    RemoveAll "removeAll",
    Replace "replace",
    ReplaceAll "replaceAll",
    ReplaceFirst "replaceFirst",
    RetainAll "retainAll",
    Set "set",
    SetValue "setValue",
    Size "size",
    Split "split",
    StartsWith "startsWith",
    SubList "subList",
    SubSequence "subSequence",
    Substring "substring",
    Sum "sum",
    ToArray "toArray",
    ToBinaryString "toBinaryString",
    ToHexString "toHexString",
    ToLowerCase "toLowerCase",
    ToString "toString",
    ToUpperCase "toUpperCase",
    Trim "trim",
    UrlDecode "urlDecode",
    UrlEncode "urlEncode",
    ValueOf "valueOf",
    Values "values",
}
