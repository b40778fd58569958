
import subprocess,sys
s=subprocess.check_output(["git","show",sys.argv[1]+":tests/system/aside.py"],text=True)
mine=open("/work/main/tests/system/aside.py").read()
i=mine.index('    again = await stage.ask('); j=mine.index('    await stage.ask("tickets", "ReopenTicket"')
a='    await stage.ask("tickets", "ReopenTicket"'
assert "SplitTicket" not in s
sys.stdout.write(s.replace(a,mine[i:j]+a))
