#!/usr/bin/perl
# spam-assassin.pl MESSAGES PLAN OUT: runs a plan with SpamAssassin's Bayes; with RULES=1 with all of its local rules as well.
# A line `label<TAB>path<TAB>probability[<TAB>points]` for each judgement. It asks no network.
use strict; use warnings;
use Mail::SpamAssassin;
use File::Temp qw(tempdir);

my ($messages, $plan, $out) = @ARGV;
my $home = tempdir(CLEANUP => 1);
$ENV{HOME} = $home;
my %settings = (local_tests_only => 1, dont_copy_prefs => 1, userprefs_filename => "$home/prefs", userstate_dir => $home, home_dir_for_helpers => $home,
    post_config_text => join("\n", "bayes_path $home/bayes", "bayes_auto_learn 0", "bayes_min_ham_num 1", "bayes_min_spam_num 1", "use_learner 1", "bayes_learn_to_journal 0", "bayes_auto_expire 0", "dns_available no", "lock_method flock", ""));
unless ($ENV{RULES}) {
    mkdir "$home/rules";
    open my $file, '>', "$home/rules/bayes.cf" or die $!;
    print $file "loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::Bayes\nbody BAYES_50 eval:check_bayes('0.0','1.0')\ntflags BAYES_50 learn\nscore BAYES_50 0.1\n";
    close $file;
    @settings{qw(rules_filename site_rules_filename)} = ("$home/rules") x 2;
}
my $assassin = Mail::SpamAssassin->new(\%settings);
$assassin->init(1);
# It closes its files after each message that it learns: else it would go on judging by what stood in them before.
$assassin->init_learner({ caller_will_untie => 0 });

sub message {
    my ($path) = @_;
    open my $file, '<', "$messages/$path" or die "$path: $!";
    binmode $file;
    local $/;
    my $octets = <$file>;
    return $assassin->parse($octets, 0);
}

open my $lines, '<', $plan or die $!;
open my $answers, '>', $out or die $!;
my $learned = 0;
while (<$lines>) {
    chomp;
    my ($op, $label, $path) = split /\t/;
    if ($op ne 'L') {
        # Before it has learned anything it would not look again whether it has.
        if ($learned < 20) { print $answers join("\t", $label, $path, 0.5, $ENV{RULES} ? 0 : ()), "\n" }
        else {
            $assassin->{conf}->set_score_set($assassin->{conf}->get_score_set() | 2);
            my $message = message($path);
            my $status = $assassin->check($message);
            print $answers join("\t", $label, $path, $status->{bayes_score} // 0.5, $ENV{RULES} ? $status->get_score() : ()), "\n";
            $status->finish();
            $message->finish();
        }
    }
    if ($op ne 'J') {
        my $message = message($path);
        $assassin->learn($message, undef, $label eq 'spam', 0)->finish();
        $message->finish();
        $learned++;
    }
}
$assassin->finish_learner();
