# Fetch a maildrop with Ruby's net-pop.
#
# Takes: host, port, PLAIN or TLS, certificates, name, password, directory, a file of unique ids or
# nothing, and `keep` or `delete`.
require 'net/pop'

host, port, security, authority, name, password, stored, seen, action = ARGV
client = Net::POP3.new(host, port.to_i)
if security == 'TLS'
  client.enable_ssl(verify_mode: OpenSSL::SSL::VERIFY_PEER, ca_file: authority)
end
client.start(name, password) do |session|
  known = seen.empty? ? [] : File.read(seen).split
  uids = []
  session.each_mail do |mail|
    uids << mail.unique_id unless seen.empty?
    next if known.include?(uids.last)
    path = File.join(stored, format('%04d', Dir.children(stored).size))
    File.binwrite(path, mail.pop)
    mail.delete if action == 'delete'
  end
  File.write(seen, uids.join("\n")) unless seen.empty?
end
