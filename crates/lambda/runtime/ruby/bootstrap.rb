# frozen_string_literal: true

# frontgate's runtime client for Ruby: takes events from the Lambda Runtime API and hands them to a handler, as AWS's
# own client does. https://docs.aws.amazon.com/lambda/latest/dg/ruby-handler.html
#
# It runs inside the function's process, on Ruby 3.0 and later, with the standard library only. What the function
# prints goes to its log; the Runtime API is the only way to frontgate, and its end is the end of the process.

require 'json'
require 'logger'
require 'socket'
require 'stringio'

$stdout.sync = true
$stderr.sync = true

# What a handler gets besides the event.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms

  def initialize(headers)
    json = ->(name) { headers[name] && JSON.parse(headers[name]) }
    @aws_request_id = headers['lambda-runtime-aws-request-id']
    @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
    @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
    @identity = json.call('lambda-runtime-cognito-identity')
    @client_context = json.call('lambda-runtime-client-context')
    @log_group_name = ENV.fetch('AWS_LAMBDA_LOG_GROUP_NAME', nil)
    @log_stream_name = ENV.fetch('AWS_LAMBDA_LOG_STREAM_NAME', nil)
    @function_name = ENV.fetch('AWS_LAMBDA_FUNCTION_NAME', nil)
    @memory_limit_in_mb = ENV.fetch('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', nil)
    @function_version = ENV.fetch('AWS_LAMBDA_FUNCTION_VERSION', nil)
  end

  def get_remaining_time_in_millis
    [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end
end

module FrontgateRuntime
  API = '/2018-06-01/runtime'
  # AWS runs code in /var/task, and this client in /var/runtime: so texts about errors say it.
  FOLDERS = { "#{ENV.fetch('LAMBDA_TASK_ROOT', '/var/task')}/" => '/var/task/', "#{__dir__}/" => '/var/runtime/' }.freeze

  def self.as_on_aws(text)
    FOLDERS.reduce(text.to_s) { |said, (from, to)| said.gsub(from, to) }
  end

  # The connection to the Runtime API, kept open.
  class Api
    def initialize(address)
      host, _, port = address.rpartition(':')
      @address = address
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    end

    def next_event
      ask('GET', '/invocation/next')
    end

    def respond(id, body, content_type)
      ask('POST', "/invocation/#{id}/response", body, 'Content-Type' => content_type)
    end

    def fail(path, error)
      headers = { 'Content-Type' => 'application/json', 'Lambda-Runtime-Function-Error-Type' => error[:errorType] }
      ask('POST', path, FrontgateRuntime.as_on_aws(JSON.generate(error)), headers)
    end

    private

    def ask(method, path, body = nil, headers = {})
      lines = ["#{method} #{API}#{path} HTTP/1.1", "Host: #{@address}"]
      headers.each { |name, value| lines << "#{name}: #{value.to_s.gsub(/[^\x20-\x7e]/n, '')}" }
      lines << "Content-Length: #{body.bytesize}" if body
      @socket.write("#{lines.join("\r\n")}\r\n\r\n".b + (body || '').b)
      answer
    rescue SystemCallError, IOError
      # Without frontgate there is nothing left to do here.
      exit!(0)
    end

    def answer
      first = @socket.gets("\r\n") or exit!(0)
      headers = {}
      while (line = @socket.gets("\r\n")) && line != "\r\n"
        name, _, value = line.partition(':')
        headers[name.downcase] = value.strip
      end
      body = @socket.read(headers['content-length'].to_i)
      [first.split[1].to_i, headers, body.force_encoding(Encoding::UTF_8)]
    end
  end

  # The handler: `file.method`, or `file.Class.method`.
  class Handler
    attr_reader :file

    def initialize(name)
      parts = name.to_s.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError,
              "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME " \
              'corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace ' \
              'and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
      end
      @file = parts.first
      @namespace = parts[1] if parts.size == 3
      @method = parts.last
    end

    # What it returns as a body, and its content type.
    def call(event, context)
      target = @namespace ? Kernel.const_get(@namespace) : TOPLEVEL_BINDING.receiver
      returned = target.__send__(@method, event: event, context: context)
      return [returned.read, 'application/unknown'] if returned.is_a?(StringIO) || returned.is_a?(IO)

      [returned.to_json, 'application/json']
    end
  end

  # AWS's shape of an error; of the stack what is not this client's.
  def self.error(raised, classification)
    locations = (raised.backtrace_locations || []).map(&:to_s).take_while { |line| !line.start_with?(__FILE__) }
    {
      errorMessage: raised.message.encode('UTF-8', invalid: :replace, undef: :replace),
      errorType: "#{classification}<#{raised.class}>",
      stackTrace: locations.first(100)
    }
  end

  def self.log_error(title, error)
    $stdout.puts title, as_on_aws(JSON.pretty_generate(error))
  end

  def self.run(api, handler)
    loop do
      _, headers, body = api.next_event
      id = headers['lambda-runtime-aws-request-id']
      $_global_aws_request_id = id
      ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id']
      begin
        answer, content_type = handler.call(JSON.parse(body), LambdaContext.new(headers))
      # A name that is not there, and what is no StandardError, end the process.
      rescue NameError, ScriptError, NoMemoryError, SecurityError, SystemExit, SystemStackError, Interrupt => e
        report(api, id, 'Critical exception from handler', e)
        exit!(255)
      rescue StandardError => e
        report(api, id, 'Error raised from handler method', e)
      else
        api.respond(id, answer, content_type)
      end
    end
  end

  def self.report(api, id, title, raised)
    found = error(raised, 'Function')
    log_error(title, found)
    api.fail("/invocation/#{id}/error", found)
  end

  # Loggers without a format of their own say the id of the request, too.
  class LogFormatter < Logger::Formatter
    def call(severity, time, progname, message)
      format(
        "%<letter>s, [%<time>s #%<process>d] %<severity>5s %<id>s -- %<program>s: %<message>s\n",
        letter: severity[0], time: format_datetime(time), process: Process.pid, severity: severity,
        id: $_global_aws_request_id, program: progname, message: msg2str(message)
      )
    end
  end

  module LoggerPatch
    def initialize(logdev, *arguments, **options)
      options[:formatter] ||= LogFormatter.new if logdev.nil? || [$stdout, $stderr].include?(logdev)
      super
    end
  end
end

Logger.prepend(FrontgateRuntime::LoggerPatch)

api = FrontgateRuntime::Api.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
begin
  task_root = ENV.fetch('LAMBDA_TASK_ROOT')
  $LOAD_PATH.unshift(task_root)
  handler = FrontgateRuntime::Handler.new(ENV.fetch('_HANDLER', nil))
  require handler.file
rescue Exception => e # rubocop:disable Lint/RescueException -- whatever keeps the code from being loaded is reported
  found = FrontgateRuntime.error(e, 'Init')
  FrontgateRuntime.log_error("Init error when loading handler #{ENV.fetch('_HANDLER', nil)}", found)
  api.fail('/init/error', found)
  exit!(252)
end
FrontgateRuntime.run(api, handler)
