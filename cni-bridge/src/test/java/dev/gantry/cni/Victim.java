package dev.gantry.cni;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A daemon that attaches and detaches on several threads without end, to be killed: prints {@code
 * attached ID ADDRESS} and {@code detaching ID}.
 */
final class Victim {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Victim() {}

  /**
   * @param args directory, round, true for built-in plugins, namespaces to use
   */
  public static void main(String[] args) throws InterruptedException {
    NetworksFixture fixture = new NetworksFixture(Path.of(args[0]));
    fixture.builtinPlugins = Boolean.parseBoolean(args[2]);
    fixture.defaultNetwork = fixture.builtinPlugins;
    Networks networks = fixture.networks();
    List<String> namespaces = List.of(args).subList(3, args.length);
    say("ready");
    for (String namespace : namespaces) {
      Thread.ofVirtual().start(() -> work(networks, args[1], new Netns(namespace)));
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  private static void work(Networks networks, String round, Netns netns) {
    Deque<String> live = new ArrayDeque<>();
    while (true) {
      int number = COUNT.incrementAndGet();
      String id = "r" + round + "-" + number;
      PortMapping port =
          new PortMapping(PortMapping.Protocol.TCP, 10_000 + number % 50_000, 80, "");
      Attachment attachment = networks.attach(NetworksFixture.request(id, netns, port));
      say("attached " + id + " " + attachment.addresses().getFirst().address().getHostAddress());
      live.add(id);
      // The namespace has room for one eth0: the kept one stays and ends this thread's part.
      if (ThreadLocalRandom.current().nextInt(4) == 0) {
        return;
      }
      say("detaching " + live.peek());
      networks.detach(new DetachRequest(live.remove(), netns.path, null));
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
