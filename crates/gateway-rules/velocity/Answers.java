import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.velocity.*;
import org.apache.velocity.app.VelocityEngine;

public class Answers {
    public static void main(String[] a) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(a[0]), StandardCharsets.UTF_8);
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        List<String> template = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("<") || line.startsWith("!")) continue;
            if (line.startsWith("> ") || line.equals(">")) { template.add(line.length() > 1 ? line.substring(2) : ""); out.println(line); continue; }
            if (!template.isEmpty()) { answer(template, out); template.clear(); }
            out.println(line);
        }
        if (!template.isEmpty()) answer(template, out);
    }
    static void answer(List<String> template, PrintStream out) {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        StringWriter w = new StringWriter();
        try {
            engine.evaluate(new VelocityContext(), w, "t", String.join("\n", template));
            for (String l : w.toString().split("\n", -1)) out.println(l.isEmpty() ? "<" : "< " + l);
        } catch (Exception e) {
            String m = String.valueOf(e.getMessage()).split("\n")[0];
            out.println("! " + e.getClass().getSimpleName() + (System.getenv("VERBOSE") != null ? " " + m : ""));
        }
    }
}
