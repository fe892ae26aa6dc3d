//! The tree of a parsed template.

use std::sync::Arc;

use super::method_names::Method;

/// A place in a template, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text as it stands.
    Text(Box<str>),
    /// A reference to print, and how many backslashes stand before it.
    Print(Reference, usize),
    /// `#set($target = value)`
    Set { target: Reference, value: Expression },
    /// `#if`, `#elseif` …: the first branch whose condition holds, else the last nodes.
    If { branches: Vec<(Expression, Vec<Node>)>, otherwise: Vec<Node> },
    /// `#foreach($variable in items)`
    Foreach { variable: Box<str>, items: Expression, body: Vec<Node> },
    /// `#define($variable)`
    Define { variable: Box<str>, body: Arc<[Node]> },
    /// `#name(arguments)`, `#@name(arguments)`
    Call(Call),
    /// `#evaluate(text)`
    Evaluate(Expression, Place),
    /// `#break`: ends what is nearest: a loop, a macro, a definition, the template.
    Break,
    /// `#break($foreach)`: ends the nearest loop.
    BreakLoop,
    /// `#stop`
    Stop,
}

/// A macro that is called, or a text that looks like it.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: Box<str>,
    pub arguments: Arc<[Expression]>,
    /// `$bodyContent` of `#@name(…) … #end`
    pub body: Option<Arc<[Node]>>,
    /// As written, which is what prints when there is no such macro.
    pub source: Box<str>,
    pub place: Place,
}

/// `#macro(name $parameters…)`
#[derive(Clone, Debug)]
pub struct Macro {
    pub name: Box<str>,
    pub parameters: Arc<[Box<str>]>,
    pub body: Arc<[Node]>,
}

/// `$name.property.method(…)[index]`
#[derive(Clone, Debug)]
pub struct Reference {
    /// As written, which is what prints when there is no value.
    pub source: Box<str>,
    /// `$!name`: prints nothing when it has no value.
    pub quiet: bool,
    /// The variable.
    pub name: Box<str>,
    /// What is taken from it.
    pub steps: Vec<Step>,
    pub place: Place,
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
    Integer(i128),
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
    /// Operators of one precedence, from left to right.
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
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
