//! Expressions.

use super::lexer::Kind;
use super::{Helper, Parsed, Parser, Token, is, is_binding, is_word};
use crate::runtime::Runtime;

/// What may be assigned to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Name,
    /// A property; of a built-in object, where that can be seen.
    Property {
        of_built_in: bool,
    },
    Other,
}

impl<'a> Parser<'a> {
    /// An expression with commas; `with_in`: the operator `in` may stand in it.
    pub(super) fn expression(&mut self, with_in: bool) -> Parsed {
        self.assignment(with_in)?;
        while self.take(",") {
            self.assignment(with_in)?;
        }
        Ok(())
    }

    pub(super) fn assignment(&mut self, with_in: bool) -> Parsed {
        self.nested(|parser| parser.assignment_here(with_in))
    }

    fn assignment_here(&mut self, with_in: bool) -> Parsed {
        if let Some(is_async) = self.arrow_ahead() {
            return self.arrow_function(is_async, with_in);
        }
        let shape = self.conditional(with_in)?;
        let is_assignment = self.token.kind == Kind::Punctuator && ASSIGNMENTS.contains(&self.token.text);
        if !is_assignment {
            return Ok(());
        }
        self.assignable(shape, "in assignment")?;
        self.advance();
        self.assignment(with_in)
    }

    fn assignable(&mut self, shape: Shape, operation: &str) -> Parsed {
        if shape == Shape::Other {
            return Err(self.error(format!("ReferenceError: Invalid left-hand side {operation}")));
        }
        self.accepted.touches_globals |= shape == Shape::Property { of_built_in: true };
        Ok(())
    }

    fn conditional(&mut self, with_in: bool) -> Parsed<Shape> {
        let shape = self.binary(0, with_in)?;
        if !self.take("?") {
            return Ok(shape);
        }
        self.assignment(true)?;
        self.expect(":")?;
        self.assignment(with_in)?;
        Ok(Shape::Other)
    }

    fn binary(&mut self, least: u8, with_in: bool) -> Parsed<Shape> {
        let mut shape = self.unary()?;
        while let Some((strength, from_right)) = self.binary_operator(with_in)
            && strength >= least
        {
            self.advance();
            let right = if from_right { strength } else { strength + 1 };
            self.nested(|parser| parser.binary(right, with_in))?;
            shape = Shape::Other;
        }
        Ok(shape)
    }

    /// How strongly the operator that is looked at binds, and whether from the right.
    fn binary_operator(&self, with_in: bool) -> Option<(u8, bool)> {
        let strength = match self.token.kind {
            Kind::Name => match self.token.text {
                "instanceof" => 7,
                "in" if with_in => 7,
                _ => return None,
            },
            Kind::Punctuator => match self.token.text {
                "??" | "||" => 0,
                "&&" => 1,
                "|" => 2,
                "^" => 3,
                "&" => 4,
                "==" | "!=" | "===" | "!==" => 5,
                "<" | ">" | "<=" | ">=" => 7,
                "<<" | ">>" | ">>>" => 8,
                "+" | "-" => 9,
                "*" | "/" | "%" => 10,
                "**" => return Some((11, true)),
                _ => return None,
            },
            _ => return None,
        };
        Some((strength, false))
    }

    fn unary(&mut self) -> Parsed<Shape> {
        let is_operator = match self.token.kind {
            Kind::Name => match self.token.text {
                "delete" => {
                    self.advance();
                    let shape = self.nested(Self::unary)?;
                    self.accepted.touches_globals |= shape == Shape::Property { of_built_in: true };
                    return Ok(Shape::Other);
                }
                "await" => self.is_async,
                word => matches!(word, "void" | "typeof"),
            },
            Kind::Punctuator => matches!(self.token.text, "+" | "-" | "~" | "!"),
            _ => false,
        };
        if is_operator {
            self.advance();
            self.nested(Self::unary)?;
            return Ok(Shape::Other);
        }
        if self.is("++") || self.is("--") {
            self.advance();
            let shape = self.nested(Self::left_hand_side)?;
            self.assignable(shape, "in prefix operation")?;
            return Ok(Shape::Other);
        }
        let shape = self.left_hand_side()?;
        if (self.is("++") || self.is("--")) && !self.token.newline_before {
            self.assignable(shape, "in postfix operation")?;
            self.advance();
            return Ok(Shape::Other);
        }
        Ok(shape)
    }

    fn left_hand_side(&mut self) -> Parsed<Shape> {
        let first = self.token;
        if is_word(first, "super") || is_word(first, "import") {
            return Err(self.not_supported());
        }
        let mut shape = if is_word(first, "new") { self.new_expression()? } else { self.primary()? };
        let of_built_in = first.kind == Kind::Name && BUILT_INS.contains(&first.text);
        loop {
            if self.is("(") {
                self.arguments()?;
                shape = Shape::Other;
            } else if self.is("?") && is(self.next(), ".") {
                self.accepted.optional_chains.push(self.token.start);
                self.advance();
                if self.next().kind != Kind::Name {
                    self.advance();
                    return Err(self.unexpected());
                }
                self.member()?;
                shape = Shape::Other;
            } else if self.is(".") || self.is("[") {
                self.member()?;
                shape = Shape::Property { of_built_in };
            } else if self.is("`") {
                self.template()?;
                shape = Shape::Other;
            } else {
                return Ok(shape);
            }
        }
    }

    /// `.name` or `[expression]`
    fn member(&mut self) -> Parsed {
        if self.take("[") {
            self.expression(true)?;
            return self.expect("]");
        }
        self.advance();
        if self.token.kind != Kind::Name {
            return Err(self.unexpected());
        }
        let name = self.advance();
        self.see_property(name);
        Ok(())
    }

    fn see_property(&mut self, name: Token<'_>) {
        self.accepted.touches_globals |= SHARED.contains(&name.text);
        if let Some(known) = HELPERS.iter().find(|known| **known == name.text) {
            self.accepted.helpers.push(Helper { name: known, line: name.line });
        }
    }

    fn new_expression(&mut self) -> Parsed<Shape> {
        self.advance();
        if self.is(".") {
            return Err(self.unexpected());
        }
        if is_word(self.token, "super") || is_word(self.token, "import") {
            return Err(self.not_supported());
        }
        if self.is_word("new") {
            self.nested(Self::new_expression)?;
        } else {
            self.nested(Self::primary)?;
            while self.is(".") || self.is("[") {
                self.member()?;
            }
        }
        if self.is("(") {
            self.arguments()?;
        }
        Ok(Shape::Other)
    }

    fn arguments(&mut self) -> Parsed {
        self.expect("(")?;
        loop {
            if self.take(")") {
                return Ok(());
            }
            self.assignment(true)?;
            if !self.take(",") {
                return self.expect(")");
            }
        }
    }

    fn primary(&mut self) -> Parsed<Shape> {
        match self.token.kind {
            Kind::Number | Kind::String => {
                self.advance();
                Ok(Shape::Other)
            }
            Kind::Name => self.primary_word(),
            Kind::Punctuator => match self.token.text {
                "(" => {
                    self.advance();
                    self.expression(true)?;
                    self.expect(")")?;
                    Ok(Shape::Other)
                }
                "[" => self.array(),
                "{" => self.object(),
                "/" | "/=" => self.regular_expression(),
                "`" => self.template(),
                _ => Err(self.unexpected()),
            },
            Kind::End | Kind::Illegal | Kind::UnterminatedString => Err(self.unexpected()),
        }
    }

    fn primary_word(&mut self) -> Parsed<Shape> {
        let token = self.token;
        match token.text {
            "function" => {
                self.advance();
                if self.is("*") {
                    return Err(self.not_supported());
                }
                self.function_expression(false)?;
                Ok(Shape::Other)
            }
            "async" if is_word(self.next(), "function") && !self.next().newline_before => {
                if self.runtime == Runtime::JavaScript10 {
                    return Err(self.not_supported());
                }
                self.advance();
                self.advance();
                if self.is("*") {
                    return Err(self.not_supported());
                }
                self.function_expression(true)?;
                Ok(Shape::Other)
            }
            "class" => Err(self.not_supported()),
            "this" | "null" | "true" | "false" => {
                self.advance();
                Ok(Shape::Other)
            }
            _ if is_binding(token) => {
                self.accepted.touches_globals |= SHARED.contains(&token.text);
                self.advance();
                Ok(Shape::Name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn function_expression(&mut self, is_async: bool) -> Parsed {
        if is_binding(self.token) {
            self.advance();
        }
        self.function_rest(is_async)
    }

    fn array(&mut self) -> Parsed<Shape> {
        self.expect("[")?;
        loop {
            if self.take("]") {
                return Ok(Shape::Other);
            }
            if self.take(",") {
                continue;
            }
            // An ellipsis is unexpected here.
            self.assignment(true)?;
            if !self.take(",") {
                self.expect("]")?;
                return Ok(Shape::Other);
            }
        }
    }

    fn object(&mut self) -> Parsed<Shape> {
        self.expect("{")?;
        loop {
            if self.take("}") {
                return Ok(Shape::Other);
            }
            self.property()?;
            if !self.take(",") {
                self.expect("}")?;
                return Ok(Shape::Other);
            }
        }
    }

    fn property(&mut self) -> Parsed {
        if self.is("...") {
            return Err(self.not_supported());
        }
        let next = self.next();
        let ends_name = is(next, ":") || is(next, "(") || is(next, ",") || is(next, "}") || is(next, "=");
        if !ends_name && (self.is_word("get") || self.is_word("set")) {
            self.advance();
            self.property_name()?;
            return self.function_rest(false);
        }
        if !ends_name && self.is_word("async") && self.runtime == Runtime::JavaScript20 {
            self.advance();
            self.property_name()?;
            return self.function_rest(true);
        }
        let is_plain = is_binding(self.token);
        self.property_name()?;
        if self.take(":") {
            return self.assignment(true);
        }
        if self.is("(") {
            return self.function_rest(false);
        }
        if is_plain && self.is("=") {
            return Err(self.not_supported());
        }
        if is_plain && (self.is(",") || self.is("}")) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn property_name(&mut self) -> Parsed {
        match self.token.kind {
            Kind::Name | Kind::Number | Kind::String => {
                self.advance();
                Ok(())
            }
            Kind::Punctuator if self.is("[") => {
                self.advance();
                self.assignment(true)?;
                self.expect("]")
            }
            _ => Err(self.unexpected()),
        }
    }

    fn regular_expression(&mut self) -> Parsed<Shape> {
        let (end, flags) = match self.lexer.regular_expression(self.token.start) {
            Ok(found) => found,
            Err(text) => return Err(self.syntax(&format!("Unterminated RegExp \"{text}\""))),
        };
        let known = match self.runtime {
            Runtime::JavaScript10 => "gim",
            Runtime::JavaScript20 => "gimy",
        };
        if !flags.chars().all(|flag| known.contains(flag)) {
            return Err(self.syntax(&format!("Invalid RegExp flags \"{flags}\"")));
        }
        self.go_to(end);
        Ok(Shape::Other)
    }

    fn template(&mut self) -> Parsed<Shape> {
        let mut start = self.token.start + 1;
        loop {
            let Some((end, goes_on)) = self.lexer.template_piece(start) else {
                return Err(self.syntax("Unterminated template literal"));
            };
            self.go_to(end);
            if !goes_on {
                return Ok(Shape::Other);
            }
            self.expression(true)?;
            if !self.is("}") {
                return Err(self.syntax("Missing \"}\" in template expression"));
            }
            start = self.token.end;
        }
    }

    /// Whether an arrow function begins here, and whether it is `async`.
    fn arrow_ahead(&self) -> Option<bool> {
        let mut token = self.token;
        let mut is_async = false;
        if self.runtime == Runtime::JavaScript20 && is_word(token, "async") {
            let next = self.behind(token);
            if !next.newline_before && (is(next, "(") || is_binding(next)) {
                is_async = true;
                token = next;
            }
        }
        let last = if is(token, "(") { self.closing_of_names(token)? } else { token };
        if !is(last, ")") && !is_binding(last) {
            return None;
        }
        let arrow = self.behind(last);
        (is(arrow, "=>") && !arrow.newline_before).then_some(is_async)
    }

    /// The parenthesis that closes a list of plain names.
    fn closing_of_names(&self, open: Token<'a>) -> Option<Token<'a>> {
        let mut token = self.behind(open);
        loop {
            if is(token, ")") {
                return Some(token);
            }
            if is(token, "...") {
                token = self.behind(token);
            }
            if !is_binding(token) {
                return None;
            }
            token = self.behind(token);
            if is(token, ",") {
                token = self.behind(token);
            } else if !is(token, ")") {
                return None;
            }
        }
    }

    fn arrow_function(&mut self, is_async: bool, with_in: bool) -> Parsed {
        if is_async {
            self.advance();
        }
        if self.take("(") {
            self.parameters()?;
        } else {
            self.advance();
        }
        self.expect("=>")?;
        if self.take("{") {
            return self.function_body(is_async);
        }
        self.in_function(is_async, |parser| parser.assignment(with_in))
    }
}

const ASSIGNMENTS: &[&str] =
    &["%=", "&=", "**=", "*=", "+=", "-=", "/=", "<<=", "=", ">>=", ">>>=", "^=", "|="];

/// Objects that all calls of a function share.
const BUILT_INS: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "Boolean",
    "Buffer",
    "DataView",
    "Date",
    "Error",
    "JSON",
    "Math",
    "Number",
    "Object",
    "Promise",
    "RegExp",
    "String",
    "Symbol",
    "TextDecoder",
    "TextEncoder",
    "Uint8Array",
    "cf",
    "console",
    "crypto",
    "querystring",
];

/// Names by which a function could reach what all calls share.
const SHARED: &[&str] = &[
    "__proto__",
    "constructor",
    "defineProperties",
    "defineProperty",
    "getPrototypeOf",
    "globalThis",
    "prototype",
    "setPrototypeOf",
];

/// Methods of `cf` that matter before the function runs.
const HELPERS: &[&str] =
    &["createRequestOriginGroup", "cwt", "kvs", "selectRequestOriginById", "updateRequestOrigin"];
