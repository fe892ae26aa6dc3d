//! Statements, declarations and functions.

use super::lexer::Kind;
use super::{Import, Parsed, Parser, is, is_binding, is_word};
use crate::runtime::Runtime;

impl Parser<'_> {
    pub(super) fn statement_list_item(&mut self) -> Parsed {
        self.nested(|parser| match parser.token.text {
            _ if parser.token.kind != Kind::Name => parser.statement(),
            "function" => parser.function_declaration(),
            "async" if is_word(parser.next(), "function") && !parser.next().newline_before => {
                if parser.runtime == Runtime::JavaScript10 {
                    return Err(parser.not_supported());
                }
                parser.advance();
                parser.function_declaration_of(true)
            }
            "class" => Err(parser.not_supported()),
            "let" | "const" => parser.lexical_declaration(),
            _ => parser.statement(),
        })
    }

    fn statement_list(&mut self) -> Parsed {
        while !self.is("}") {
            if self.token.kind == Kind::End {
                return Err(self.unexpected());
            }
            self.statement_list_item()?;
        }
        Ok(())
    }

    fn block(&mut self) -> Parsed {
        self.expect("{")?;
        self.statement_list()?;
        self.expect("}")
    }

    /// A statement where no declaration may stand.
    fn statement(&mut self) -> Parsed {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Parsed {
        if self.is("{") {
            return self.block();
        }
        if self.take(";") {
            return Ok(());
        }
        if self.token.kind != Kind::Name {
            return self.expression_statement();
        }
        match self.token.text {
            "var" => {
                self.advance();
                self.variables(false)?;
                self.semicolon()
            }
            "if" => self.if_statement(),
            "do" => {
                self.advance();
                self.statement()?;
                if !self.take_word("while") {
                    return Err(self.unexpected());
                }
                self.parenthesized()
            }
            "while" => {
                self.advance();
                self.parenthesized()?;
                self.statement()
            }
            "for" => self.for_statement(),
            "continue" | "break" => {
                self.advance();
                if is_binding(self.token) && !self.token.newline_before {
                    self.advance();
                }
                self.semicolon()
            }
            "return" => self.return_statement(),
            "with" => {
                self.advance();
                Err(self.not_supported())
            }
            "switch" => self.switch_statement(),
            "throw" => self.throw_statement(),
            "try" => self.try_statement(),
            "debugger" => {
                self.advance();
                self.semicolon()
            }
            "import" if !is(self.next(), "(") && !is(self.next(), ".") => self.import(),
            "export" => {
                self.advance();
                Err(self.syntax("Illegal export statement"))
            }
            _ if is_binding(self.token) && is(self.next(), ":") => {
                self.advance();
                self.advance();
                if self.is_word("function") {
                    return Err(self.syntax(
                        "In strict mode code, functions can only be declared at top level or inside a block.",
                    ));
                }
                self.statement()
            }
            _ => self.expression_statement(),
        }
    }

    fn throw_statement(&mut self) -> Parsed {
        self.advance();
        if self.token.newline_before {
            return Err(self.syntax("Illegal newline after throw"));
        }
        self.expression(true)?;
        self.semicolon()
    }

    fn expression_statement(&mut self) -> Parsed {
        if self.token.kind == Kind::Name {
            match self.token.text {
                "function" => {
                    return Err(self.syntax("Functions can only be declared at top level or inside a block"));
                }
                "class" => {
                    return Err(self.syntax("Class can only be declared at top level or inside a block"));
                }
                "let" | "const" if self.runtime == Runtime::JavaScript10 => return Err(self.not_supported()),
                word @ ("let" | "const") if self.next().kind == Kind::Name => {
                    let message = format!("{word} declaration cannot appear in a single-statement context");
                    return Err(self.syntax(&message));
                }
                _ => {}
            }
        }
        self.expression(true)?;
        self.semicolon()
    }

    fn lexical_declaration(&mut self) -> Parsed {
        if self.runtime == Runtime::JavaScript10 {
            return Err(self.not_supported());
        }
        let next = self.next();
        if is(next, "{") || is(next, "[") || is_binding(next) {
            self.advance();
            self.variables(false)?;
            return self.semicolon();
        }
        self.advance();
        Err(self.unexpected())
    }

    /// What stands behind `var`, `let` and `const`; `of_for`: an `in` ends it.
    fn variables(&mut self, of_for: bool) -> Parsed {
        loop {
            if self.is("{") || self.is("[") {
                // The runtime names the token behind the brace.
                self.advance();
                return Err(self.not_supported());
            }
            self.bound_name("var declaration")?;
            if self.take("=") {
                self.assignment(!of_for)?;
            }
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    fn bound_name(&mut self, of: &str) -> Parsed {
        if is_word(self.token, "eval") || is_word(self.token, "arguments") {
            let message = format!("Identifier \"{}\" is forbidden in {of}", self.token.text);
            return Err(self.syntax(&message));
        }
        self.binding()?;
        Ok(())
    }

    fn parenthesized(&mut self) -> Parsed {
        self.expect("(")?;
        self.expression(true)?;
        self.expect(")")
    }

    fn if_statement(&mut self) -> Parsed {
        self.advance();
        self.parenthesized()?;
        self.statement()?;
        if self.take_word("else") { self.statement() } else { Ok(()) }
    }

    fn for_statement(&mut self) -> Parsed {
        self.advance();
        if self.is_word("await") && self.runtime == Runtime::JavaScript20 {
            return Err(self.not_supported());
        }
        self.expect("(")?;
        let word = if self.token.kind == Kind::Name { self.token.text } else { "" };
        match word {
            "let" | "const" if self.runtime == Runtime::JavaScript10 => return Err(self.not_supported()),
            "var" | "let" | "const" => {
                self.advance();
                if self.is("{") || self.is("[") {
                    return Err(self.not_supported());
                }
                self.variables(true)?;
            }
            _ if self.is(";") => {}
            _ => {
                self.expression(false)?;
            }
        }
        if self.is_word("of") {
            return Err(self.not_supported());
        }
        if self.take_word("in") {
            self.expression(true)?;
        } else {
            self.expect(";")?;
            if !self.is(";") {
                self.expression(true)?;
            }
            self.expect(";")?;
            if !self.is(")") {
                self.expression(true)?;
            }
        }
        self.expect(")")?;
        self.statement()
    }

    fn return_statement(&mut self) -> Parsed {
        if self.functions == 0 {
            return Err(self.syntax("Illegal return statement"));
        }
        self.advance();
        if self.is("}") || self.is(";") || self.token.newline_before || self.token.kind == Kind::End {
            return self.semicolon();
        }
        self.expression(true)?;
        self.semicolon()
    }

    fn switch_statement(&mut self) -> Parsed {
        self.advance();
        self.parenthesized()?;
        self.expect("{")?;
        let mut has_default = false;
        loop {
            if self.take("}") {
                return Ok(());
            }
            if self.take_word("case") {
                self.expression(true)?;
            } else if self.is_word("default") {
                if has_default {
                    return Err(self.syntax("More than one default clause in switch statement"));
                }
                has_default = true;
                self.advance();
            } else {
                return Err(self.unexpected());
            }
            self.expect(":")?;
            while !self.is_word("case") && !self.is_word("default") && !self.is("}") {
                if self.token.kind == Kind::End {
                    return Err(self.unexpected());
                }
                self.statement_list_item()?;
            }
        }
    }

    fn try_statement(&mut self) -> Parsed {
        self.advance();
        self.block()?;
        let caught = self.take_word("catch");
        if caught {
            if !self.is("(") {
                return Err(self.not_supported());
            }
            self.advance();
            if self.is("{") {
                return Err(self.not_supported());
            }
            self.binding()?;
            self.expect(")")?;
            self.block()?;
        }
        if self.take_word("finally") {
            return self.block();
        }
        if caught { Ok(()) } else { Err(self.syntax("Missing catch or finally after try")) }
    }

    fn import(&mut self) -> Parsed {
        let start = self.token.start;
        if self.depth > 2 || self.functions > 0 {
            return Err(self.syntax("Illegal import statement"));
        }
        self.advance();
        if !is_binding(self.token) {
            return Err(self.syntax("Non-default import is not supported"));
        }
        let name = self.advance().text.to_owned();
        if !self.take_word("from") || self.token.kind != Kind::String {
            return Err(self.unexpected());
        }
        let module = self.token.text.to_owned();
        let known = match self.runtime {
            Runtime::JavaScript10 => MODULES_10,
            Runtime::JavaScript20 => MODULES_20,
        };
        if !known.contains(&module.as_str()) {
            return Err(self.syntax(&format!("Cannot find module \"{module}\"")));
        }
        let end = self.advance().end;
        self.semicolon()?;
        self.accepted.imports.push(Import { name, module, start, end });
        Ok(())
    }

    fn function_declaration(&mut self) -> Parsed {
        self.function_declaration_of(false)
    }

    fn function_declaration_of(&mut self, is_async: bool) -> Parsed {
        self.advance();
        self.bound_name("function declaration")?;
        self.function_rest(is_async)
    }

    /// Parameters and body of a function.
    pub(super) fn function_rest(&mut self, is_async: bool) -> Parsed {
        self.expect("(")?;
        self.parameters()?;
        self.expect("{")?;
        self.function_body(is_async)
    }

    /// The statements of a function to its closing brace.
    pub(super) fn function_body(&mut self, is_async: bool) -> Parsed {
        self.in_function(is_async, |parser| {
            parser.statement_list()?;
            parser.expect("}")
        })
    }

    pub(super) fn in_function(&mut self, is_async: bool, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        let outer = std::mem::replace(&mut self.is_async, is_async);
        self.functions += 1;
        let parsed = parse(self);
        self.functions -= 1;
        self.is_async = outer;
        parsed
    }

    /// What stands between the parentheses of a function, and the closing one.
    pub(super) fn parameters(&mut self) -> Parsed {
        loop {
            if self.is("{") || self.is("[") {
                return Err(self.not_supported());
            }
            let is_rest = self.take("...");
            if is_rest {
                self.binding()?;
            } else if is_binding(self.token) {
                self.advance();
            } else {
                return self.expect(")");
            }
            if !self.is(",") {
                return self.expect(")");
            }
            if is_rest {
                return Err(self.syntax("Rest parameter must be last formal parameter"));
            }
            self.advance();
        }
    }
}

const MODULES_10: &[&str] = &["crypto", "querystring"];
const MODULES_20: &[&str] = &["buffer", "cloudfront", "crypto", "querystring"];
