package dev.gantry.server.trace;

import dev.gantry.linux.Fault;
import dev.gantry.server.rpc.CallWatch;
import dev.gantry.stage.StageWatch;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A span for each call and each of its stages, sent by OTLP over HTTP (protobuf) in batches. A call
 * continues its caller's trace (W3C Trace Context, as the kubelet sends it) and is sampled when the
 * caller's is; of calls without one a share is.
 */
public final class CallTraces implements AutoCloseable {
  private static final Duration EXPORT_LIMIT = Duration.ofSeconds(10);
  private static final long FLUSH_SECONDS = 2;

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  /**
   * @param endpoint URL, with its path
   * @param perMillion share of the calls whose caller brings no trace
   */
  public CallTraces(String endpoint, int perMillion, String version) {
    ExporterLog.install();
    Attributes about =
        Attributes.builder()
            .put("service.name", "gantryd")
            .put("service.version", version)
            .put("host.name", hostname())
            .put("process.pid", ProcessHandle.current().pid())
            .build();
    OtlpHttpSpanExporter exporter =
        OtlpHttpSpanExporter.builder().setEndpoint(endpoint).setTimeout(EXPORT_LIMIT).build();
    provider =
        SdkTracerProvider.builder()
            .setResource(Resource.create(about))
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(perMillion / 1e6)))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
            .build();
    tracer = provider.get("dev.gantry");
  }

  private static String hostname() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).trim();
    } catch (IOException e) {
      throw new Fault.Internal("read hostname: " + e.getMessage(), e);
    }
  }

  /**
   * Does the work of a call within its span; what it throws passes through.
   *
   * @param others who watches its stages in any case; null for nobody
   */
  public void run(CallWatch.Incoming call, @Nullable StageWatch others, Runnable work) {
    Context caller =
        W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), call.headers(), MetadataGetter.INSTANCE);
    Span span =
        tracer
            .spanBuilder(call.method())
            .setParent(caller)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("rpc.system", "grpc")
            .setAttribute("rpc.method", call.method())
            .startSpan();
    if (!span.isRecording()) {
      if (others == null) {
        work.run();
      } else {
        others.run(work);
      }
      return;
    }
    if (!call.subject().isEmpty()) {
      span.setAttribute(SpanWatch.SUBJECT, call.subject());
    }
    Throwable failure = null;
    try {
      StageWatch spans = new SpanWatch(tracer, caller.with(span));
      (others == null ? spans : spans.and(others)).run(work);
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      SpanWatch.end(span, failure);
    }
  }

  /** Sends what is left, if that can be done soon. */
  @Override
  public void close() {
    provider.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
  }
}
