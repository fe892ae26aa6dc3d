# frozen_string_literal: true

# Says which files are not Ruby, without running any: `check.rb FOLDER FILE...` prints a JSON array of
# {"file", "line", "message"}, the file by its number, the line if it is known. Nothing is written.

require 'json'

$VERBOSE = nil
problems = ARGV.drop(1).each_with_index.filter_map do |name, at|
  RubyVM::InstructionSequence.compile(File.read(name, encoding: 'UTF-8'), name)
  nil
rescue SyntaxError => e
  # `NAME:LINE: what is wrong`, or since Ruby 3.4 `NAME:LINE: syntax error found` above the lines.
  line = e.message[/:(\d+):/, 1]
  { file: at, line: line&.to_i, message: "SyntaxError: #{e.message.lines.first.to_s.sub(/\A.*?:\d+: */, '').strip}" }
end
print JSON.generate(problems)
