package app;

import com.pulumi.Pulumi;
import com.pulumi.core.Either;
import io.github.ownerexample.kalshi.ApiKey;
import io.github.ownerexample.kalshi.ApiKeyArgs;
import io.github.ownerexample.kalshi.enums.KeyType;
import io.github.ownerexample.kalshi.enums.Scope;
import java.util.List;
import java.util.Map;

public class App {
    private static final Map<String, List<Either<String, Scope>>> BOTS = Map.of(
        "dashboard", List.of(Either.ofLeft("read")),
        "market-maker", List.of(Either.ofLeft("read"), Either.ofRight(Scope.WriteTrade)),
        "treasurer", List.of(Either.ofLeft("read::portfolio_balance"), Either.ofLeft("write::transfer")));

    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            // The credentials with which each bot signs its requests. The private keys are secrets.
            BOTS.forEach((bot, scopes) -> {
                var key = new ApiKey(bot, ApiKeyArgs.builder()
                    .scopes(scopes)
                    .keyType(KeyType.Ed25519)
                    .rotationTriggers(Map.of("incident", 0))
                    .build());
                ctx.export(bot + "-id", key.apiKeyId());
                ctx.export(bot + "-private-key", key.privateKey());
            });
        });
    }
}
