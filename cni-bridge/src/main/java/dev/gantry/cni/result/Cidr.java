package dev.gantry.cni.result;

import dev.gantry.linux.Fault;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * An address with the length of its network's prefix, such as {@code 10.88.0.2/16}, and the
 * arithmetic of its network.
 */
public record Cidr(InetAddress address, int prefixLength) {

  public Cidr {
    if (prefixLength < 0 || prefixLength > bits(address)) {
      throw new Fault.Invalid("prefix length " + prefixLength + " of " + address.getHostAddress());
    }
  }

  /**
   * @throws Fault.Invalid when the text isn't ADDRESS/LENGTH
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new Fault.Invalid("not an address with a prefix length: " + text);
    }
    try {
      return new Cidr(
          address(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new Fault.Invalid("not an address with a prefix length: " + text, e);
    }
  }

  /**
   * An address written in digits; names are never looked up.
   *
   * @throws Fault.Invalid when it isn't one
   */
  public static InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new Fault.Invalid("not an address: " + text, e);
    }
  }

  public boolean isIpv4() {
    return address instanceof Inet4Address;
  }

  /** The network: all bits behind the prefix are zero. */
  public Cidr network() {
    return new Cidr(ofNumber(numberOf(address).andNot(hostMask())), prefixLength);
  }

  /** The last address of the network; in IPv4 that is the broadcast address. */
  public InetAddress last() {
    return ofNumber(numberOf(address).or(hostMask()));
  }

  /** The address so many after the network's own. */
  public InetAddress plus(int offset) {
    return after(network().address, offset);
  }

  public boolean contains(InetAddress other) {
    return bits(other) == bits(address)
        && new Cidr(other, prefixLength).network().equals(network());
  }

  public boolean overlaps(Cidr other) {
    return contains(other.address) || other.contains(address);
  }

  /** The address {@code offset} after {@code address}. */
  public static InetAddress after(InetAddress address, int offset) {
    return bytes(numberOf(address).add(BigInteger.valueOf(offset)), bits(address) / 8);
  }

  /** Negative, zero or positive as {@code a} is before, at or behind {@code b}. */
  public static int compare(InetAddress a, InetAddress b) {
    return Arrays.compareUnsigned(a.getAddress(), b.getAddress());
  }

  /** As the Go plugins write it: shortest form of RFC 5952. */
  public static String text(InetAddress address) {
    return address instanceof Inet4Address
        ? address.getHostAddress()
        : Ipv6Text.of(address.getAddress());
  }

  @Override
  public String toString() {
    return text(address) + "/" + prefixLength;
  }

  private BigInteger hostMask() {
    return BigInteger.ONE.shiftLeft(bits(address) - prefixLength).subtract(BigInteger.ONE);
  }

  private InetAddress ofNumber(BigInteger number) {
    return bytes(number, bits(address) / 8);
  }

  private static int bits(InetAddress address) {
    return address.getAddress().length * 8;
  }

  private static BigInteger numberOf(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  private static InetAddress bytes(BigInteger number, int size) {
    byte[] digits = number.toByteArray();
    byte[] address = new byte[size];
    int count = Math.min(digits.length, size);
    System.arraycopy(digits, digits.length - count, address, size - count, count);
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new Fault.Internal("address of " + size + " bytes", e);
    }
  }
}
