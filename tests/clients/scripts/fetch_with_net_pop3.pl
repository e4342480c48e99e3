# Fetch a maildrop with Perl's Net::POP3.
#
# Takes: host, port, PLAIN or STLS or TLS, certificates, name, password, directory, a file of unique
# ids or nothing, and `keep` or `delete`.
use strict;
use warnings;
use IO::Socket::SSL qw(SSL_VERIFY_PEER);
use Net::POP3;

my ($host, $port, $security, $authority, $name, $password, $stored, $seen, $then) = @ARGV;
my @trusts = (SSL_ca_file => $authority, SSL_verify_mode => SSL_VERIFY_PEER);
my @first = $security eq 'TLS' ? (SSL => 1, @trusts) : ();

sub failed { die "$_[0]: " . ($_[1] ? $_[1]->message : $IO::Socket::SSL::SSL_ERROR || $@) . "\n" }

my $client = Net::POP3->new($host, Port => $port, Timeout => 10, @first) or failed('connect');
if ($security eq 'STLS') {
    $client->starttls(@trusts) or failed('STLS');
}
defined $client->login($name, $password) or failed('login', $client);

my %known;
if ($seen) {
    open my $file, '<', $seen or die $!;
    chomp(my @lines = <$file>);
    %known = map { $_ => 1 } @lines;
}
my $uids = $client->uidl or failed('UIDL', $client);
my @there = sort { $a <=> $b } keys %$uids;
for my $number (@there) {
    next if $known{ $uids->{$number} };
    my $lines = $client->get($number) or failed('RETR', $client);
    my $path = sprintf '%s/%04d', $stored, scalar(() = glob "$stored/*");
    open my $file, '>:raw', $path or die $!;
    print $file @$lines;
    close $file or die $!;
    if ($then eq 'delete') {
        $client->delete($number) or failed('DELE', $client);
    }
}
if ($seen) {
    open my $file, '>', $seen or die $!;
    print $file map { "$uids->{$_}\n" } @there;
    close $file or die $!;
}
$client->quit or failed('QUIT', $client);
